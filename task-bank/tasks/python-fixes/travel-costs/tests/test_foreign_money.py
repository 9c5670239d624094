import pytest

from sojourn import Rates, Report, UnknownCurrency, parse_receipts

RATES = Rates("EUR", {"SEK": "11.5", "CHF": "0.95", "JPY": "160"})


def report(text, currency="EUR", limits=None):
    return Report(parse_receipts(text, currency), currency, RATES, limits)


def test_weak_currency():
    assert str(report("2023-04-03 hotel 1150.00 SEK").total()) == "100.00"


def test_strong_currency():
    assert str(report("2023-04-03 hotel 190.00 CHF").total()) == "200.00"


def test_report_in_another_currency_than_the_base():
    assert str(report("2023-04-03 hotel 100.00 EUR", "SEK").total()) == "1150.00"


def test_neither_is_the_base():
    assert str(report("2023-04-03 hotel 230.00 SEK", "CHF").total()) == "19.00"


def test_home_currency_that_is_not_the_base():
    assert str(report("2023-04-03 hotel 230.00", "SEK").total()) == "230.00"


def test_home_currency():
    assert str(report("2023-04-03 hotel 230.10 EUR").total()) == "230.10"


def test_half_a_cent_is_rounded_up():
    assert str(report("2023-04-03 tea 100 JPY").total()) == "0.63"


def test_less_than_half_a_cent():
    assert str(report("2023-04-03 tea 99 JPY").total()) == "0.62"


def test_each_receipt_is_rounded():
    assert str(report("2023-04-03 tea 100 JPY\n2023-04-03 tea 100 JPY").total()) == "1.26"


def test_several_currencies():
    assert str(report("2023-04-03 hotel 1150.00 SEK\n2023-04-04 meals 19.00 CHF\n2023-04-05 taxi 7.50").total()) == "127.50"


def test_kinds():
    kinds = report("2023-04-03 hotel 1150.00 SEK\n2023-04-04 meals 114.00 CHF\n2023-04-05 taxi 7.50").by_kind()
    assert [f"{kind} {amount}" for kind, amount in kinds.items()] == ["meals 120.00", "hotel 100.00", "taxi 7.50"]


def test_kinds_are_added_up():
    kinds = report("2023-04-03 taxi 23.00 SEK\n2023-04-04 taxi 3.00").by_kind()
    assert [f"{kind} {amount}" for kind, amount in kinds.items()] == ["taxi 5.00"]


def test_limit_that_is_not_reached():
    assert str(report("2023-04-03 meals 345.00 SEK", limits={"meals": 40}).paid_back()) == "30.00"


def test_limit_that_is_reached():
    assert str(report("2023-04-03 meals 575.00 SEK", limits={"meals": 40}).paid_back()) == "40.00"


def test_limit_of_a_strong_currency():
    assert str(report("2023-04-03 meals 38.95 CHF", limits={"meals": "40.50"}).paid_back()) == "40.50"


def test_limit_for_a_day_in_two_currencies():
    assert str(report("2023-04-03 meals 230.00 SEK\n2023-04-03 meals 30.00 EUR", limits={"meals": 40}).paid_back()) == "40.00"


def test_limit_for_each_day():
    assert str(report("2023-04-03 meals 230.00 SEK\n2023-04-04 meals 30.00 EUR", limits={"meals": 40}).paid_back()) == "50.00"


def test_lines():
    assert report("2023-04-04 taxi 8.00\n2023-04-03 hotel 1150.00 SEK").lines() == [
        "2023-04-03 hotel: 100.00 (1150.00 SEK)",
        "2023-04-04 taxi: 8.00",
        "total: 108.00 EUR",
    ]


def test_lines_at_home():
    assert report("2023-04-04 taxi 8.00").lines() == ["2023-04-04 taxi: 8.00", "total: 8.00 EUR"]


def test_currency_without_a_rate():
    with pytest.raises(UnknownCurrency):
        report("2023-04-04 taxi 8.00 NOK").total()
