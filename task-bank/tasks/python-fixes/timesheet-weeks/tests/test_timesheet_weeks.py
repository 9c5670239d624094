import pytest

from weekbook import Book, Week, report, span


def weeks(first, last):
    return [str(week) for week in span(Week.parse(first), Week.parse(last))]


def test_forwards_over_a_long_year():
    assert Week(2020, 52) + 1 == Week(2020, 53)
    assert Week(2020, 53) + 1 == Week(2021, 1)
    assert Week(2020, 53) + 2 == Week(2021, 2)


def test_backwards_over_a_long_year():
    assert Week(2021, 1) - 1 == Week(2020, 53)
    assert Week(2021, 1) - 2 == Week(2020, 52)
    assert Week(2020, 53) - 1 == Week(2020, 52)
    assert Week(2021, 3) + -3 == Week(2020, 53)


def test_distance_over_a_long_year():
    assert Week(2021, 1) - Week(2020, 53) == 1
    assert Week(2021, 1) - Week(2020, 52) == 2
    assert Week(2020, 52) - Week(2021, 1) == -2


def test_long_year_that_is_no_leap_year():
    assert Week(2026, 52) + 1 == Week(2026, 53)
    assert Week(2027, 1) - 1 == Week(2026, 53)
    assert Week(2016, 1) - Week(2015, 1) == 53


def test_steps_of_many_years():
    assert Week(2000, 1) + 1096 == Week(2021, 1)
    assert Week(2021, 1) - 1096 == Week(2000, 1)
    assert Week(2004, 53) + 313 == Week(2010, 52)


def test_distance_of_many_years():
    assert Week(2024, 10) - Week(1999, 10) == 1304
    assert Week(2032, 53) - Week(2004, 53) == 1461
    assert Week(1999, 10) - Week(2024, 10) == -1304


def test_span_over_a_long_year():
    assert weeks("2020-W51", "2021-W02") == ["2020-W51", "2020-W52", "2020-W53", "2021-W01", "2021-W02"]


def test_span_that_starts_in_week_53():
    assert weeks("2015-W53", "2016-W02") == ["2015-W53", "2016-W01", "2016-W02"]


def test_balance_over_a_long_year():
    book = Book.parse("2020-12-22 8:00\n2020-12-29 8:00\n2021-01-05 8:00\n2021-01-01 off", contract="8:00")
    assert book.balance(Week(2020, 52), Week(2021, 1)) == 96
    assert book.balance(Week(2020, 53), Week(2021, 1)) == 96
    assert book.balance(Week(2020, 1), Week(2020, 53)) == 1056 - 53 * 480


def test_report_over_a_long_year():
    book = Book.parse("2026-12-28 9:00\n2027-01-04 8:00", contract="8:00")
    assert report(book, Week(2026, 52), Week(2027, 1)).splitlines() == [
        "week       worked  expected",
        "2026-W52     0:00      8:00",
        "2026-W53     9:00      8:00",
        "2027-W01     8:00      8:00",
        "balance     -7:00",
    ]


def test_short_years():
    assert Week(2019, 52) + 1 == Week(2020, 1)
    assert Week(2024, 52) + 1 == Week(2025, 1)
    assert Week(2022, 1) - 1 == Week(2021, 52)
    assert Week(2025, 1) - Week(2024, 1) == 52


def test_standing_still():
    assert Week(2020, 53) + 0 == Week(2020, 53)
    assert Week(2020, 53) - Week(2020, 53) == 0
    assert weeks("2020-W53", "2020-W53") == ["2020-W53"]


def test_span_backwards_is_empty():
    assert weeks("2021-W01", "2020-W52") == []


def test_no_such_week():
    with pytest.raises(ValueError):
        Week(2021, 53)
    with pytest.raises(ValueError):
        Week.parse("2024-W53")


def test_a_year_ago():
    assert Week(2021, 1).a_year_ago() == Week(2020, 1)
    assert Week(2026, 53).a_year_ago() == Week(2025, 52)


def test_only_whole_weeks():
    with pytest.raises(TypeError):
        Week(2020, 52) + 1.5
    with pytest.raises(TypeError):
        Week(2020, 52) - "1"
