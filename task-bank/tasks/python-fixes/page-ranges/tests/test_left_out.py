import pytest

from folio import Index, describe_sheets, parse_pages, runs_of, write_pages


def test_one_page_left_out():
    assert write_pages([10, 11, 12, 14, 15, 16]) == "10-12, 14-16"


def test_one_page_left_out_between_short_runs():
    assert write_pages([3, 4, 6]) == "3, 4, 6"


def test_odd_pages():
    assert write_pages([1, 3, 5, 7]) == "1, 3, 5, 7"


def test_two_pages_left_out():
    assert write_pages([1, 2, 3, 6]) == "1-3, 6"


def test_two_runs_side_by_side_are_one():
    assert write_pages([4, 5, 6, 7, 8, 9]) == "4-9"


def test_two_pages_stay_two():
    assert write_pages([1, 2]) == "1, 2"


def test_two_pages_as_a_run():
    assert write_pages([1, 2, 4], shortest=2) == "1-2, 4"


def test_one_page():
    assert write_pages([8]) == "8"


def test_no_page():
    assert write_pages([]) == ""


def test_repeated_and_mixed_up():
    assert write_pages([9, 7, 5, 6, 7, 5]) == "5-7, 9"


def test_exactly_the_shortest_run():
    assert write_pages([1, 2, 3, 4, 6], shortest=4, dash=" to ") == "1 to 4, 6"


def test_longer_shortest_run():
    assert write_pages([1, 2, 3, 4], shortest=5) == "1, 2, 3, 4"


def test_runs():
    assert runs_of([1, 2, 4, 5, 7]) == [(1, 2), (4, 5), (7, 7)]


def test_runs_of_a_single_page():
    assert runs_of([6]) == [(6, 6)]


def test_way_back():
    assert parse_pages(write_pages([1, 2, 3, 5, 7, 8, 9]), last=9) == [1, 2, 3, 5, 7, 8, 9]


def test_way_back_of_even_pages():
    assert parse_pages(write_pages(parse_pages("1-9 even", last=9)), last=9) == [2, 4, 6, 8]


def test_cards():
    index = Index()
    index.add("Lighthouses", 12, 13, 14, 16)
    index.add("lamps", 3, 5)
    assert index.cards() == ["lamps 3, 5", "Lighthouses 12-14, 16"]


def test_cards_with_short_runs():
    index = Index()
    index.add("lamps", 3, 4, 6)
    assert index.cards(shortest=2) == ["lamps 3-4, 6"]


def test_sheets():
    assert describe_sheets(4) == ["sheet 1: 1-4"]


def test_inner_sheet():
    assert describe_sheets(8) == ["sheet 1: 1, 2, 7, 8", "sheet 2: 3-6"]


def test_a_run_needs_two_pages():
    with pytest.raises(ValueError):
        write_pages([1, 2, 3], shortest=0)
