import json


def report(key):
    with open("/app/report.json") as file:
        return json.load(file)[key]


def backs(key):
    return [one[key] for one in report("passed_back")]


def test_lines():
    assert report("lines") == 527


def test_admitted():
    assert report("admitted") == {"1": 78, "2": 64, "3": 72}


def test_refused():
    assert report("refused") == {"blocked": 29, "unknown": 33, "expired": 32}


def test_number_of_cards_passed_back():
    assert len(report("passed_back")) == 20


def test_first_card_passed_back():
    assert report("passed_back")[0] == {"card": "B2258", "first": 1, "second": 3, "seconds": 77}


def test_last_card_passed_back():
    assert report("passed_back")[-1] == {"card": "A1444", "first": 3, "second": 1, "seconds": 72}


def test_cards_passed_back():
    assert " ".join(backs("card")[2:19]) == (
        "B1814 B1814 B1148 B1259 B1148 B2258 C1074 C2406 C1740 B2369 B1592 B2147 B2036 B1703 B1703 B1703 A1666"
    )


def test_seconds():
    assert backs("seconds")[1:19] == [61, 143, 162, 173, 224, 62, 230, 190, 152, 245, 295, 91, 244, 262, 293, 30, 34, 259]


def test_gates():
    assert [backs("first")[4:12], backs("second")[4:12]] == [[1, 3, 1, 3, 2, 3, 3, 3], [3, 2, 2, 1, 1, 1, 2, 2]]


def test_number_of_cards_inside():
    assert len(report("inside")) == 20


def test_cards_inside():
    assert " ".join(report("inside")) == (
        "A1000 A1444 A1555 A1777 A1888 A2110 A2443 B1259 B1592 B1703 B1814 B1925 B2369 C1185 C1296 C1518 C1740 C1851 C1962 C2295"
    )


def test_longest_silence():
    assert report("longest_silence") == {"gate": 2, "from": "2024-05-11T10:42:13", "to": "2024-05-11T10:58:56"}


def test_keys():
    with open("/app/report.json") as file:
        assert sorted(json.load(file)) == ["admitted", "inside", "lines", "longest_silence", "passed_back", "refused"]


def test_logs_are_untouched():
    with open("/app/logs/gate-2.log.1") as file:
        assert len(file.readlines()) == 54
