from herbal import Catalogue, Pages

NAMES = [f"Salvia {number:03}" for number in range(60)] + ["Rosa canina", "Rosa rugosa", "Viola odorata", "Acer campestre"]


def made(keep=20):
    pages = Pages(NAMES, size=4)
    return pages, Catalogue(pages, keep)


def reads(pages, work):
    before = pages.reads
    work()
    return pages.reads - before


def test_nothing_found_twice():
    pages, catalogue = made()
    catalogue.search("xylo")
    assert reads(pages, lambda: catalogue.search("xylo")) == 0


def test_nothing_found_in_other_spelling():
    pages, catalogue = made()
    catalogue.search("Lily-of")
    assert reads(pages, lambda: catalogue.search(" lily  OF ")) == 0


def test_nothing_found_is_an_empty_list():
    pages, catalogue = made()
    catalogue.search("xylo")
    assert catalogue.search("xylo") == []


def test_counted_after_a_search():
    pages, catalogue = made()
    catalogue.search("xylo")
    assert reads(pages, lambda: catalogue.count("xylo")) == 0


def test_count_of_nothing():
    pages, catalogue = made()
    catalogue.count("xylo")
    assert catalogue.count("xylo") == 0


def test_something_found_twice():
    pages, catalogue = made()
    catalogue.search("rosa")
    assert reads(pages, lambda: catalogue.search("rosa")) == 0


def test_suggestions_twice():
    pages, catalogue = made()
    catalogue.suggest("vjola")
    assert reads(pages, lambda: catalogue.suggest("vjola")) == 0


def test_suggestions():
    pages, catalogue = made()
    catalogue.suggest("vjola")
    assert catalogue.suggest("vjola") == ["Viola"]


def test_first_search_reads_few_pages():
    pages, catalogue = made()
    assert reads(pages, lambda: catalogue.search("xylo")) <= 8


def test_added_where_nothing_was():
    pages, catalogue = made()
    catalogue.search("xylo")
    catalogue.add("Xylosma")
    assert catalogue.search("xylo") == ["Xylosma"]


def test_added_elsewhere():
    pages, catalogue = made()
    catalogue.search("xylo")
    catalogue.add("Tulipa")
    assert reads(pages, lambda: catalogue.search("xylo")) == 0


def test_added_to_a_longer_beginning():
    pages, catalogue = made()
    catalogue.search("xylosmb")
    catalogue.add("Xylosma")
    assert catalogue.search("xylosmb") == []


def test_limit_holds_for_nothing_found():
    pages, catalogue = made(keep=2)
    for text in ["xa", "xb", "xc"]:
        catalogue.search(text)
    assert reads(pages, lambda: catalogue.search("xa")) > 0


def test_last_ones_within_the_limit():
    pages, catalogue = made(keep=2)
    for text in ["xa", "xb", "xc"]:
        catalogue.search(text)
    assert reads(pages, lambda: [catalogue.search("xb"), catalogue.search("xc")]) == 0


def test_asking_again_keeps_it():
    pages, catalogue = made(keep=2)
    for text in ["xa", "xb", "xa", "xc"]:
        catalogue.search(text)
    assert reads(pages, lambda: catalogue.search("xa")) == 0


def test_nothing_is_kept():
    pages, catalogue = made(keep=0)
    catalogue.search("xylo")
    assert reads(pages, lambda: catalogue.search("xylo")) > 0


def test_a_caller_may_change_its_list():
    pages, catalogue = made()
    catalogue.search("xylo").append("Xylosma")
    assert catalogue.search("xylo") == []
