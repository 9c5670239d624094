from datetime import date

from lendery import Calendar, Loan, fine, reminders

WEEKEND = [5, 6]


def charged(due, returned, holidays=(), closed=WEEKEND, **options):
    calendar = Calendar(closed, [date(2023, *day) for day in holidays])
    return fine(calendar, date(2023, *due), date(2023, *returned), **options)


def test_over_a_weekend():
    assert charged((1, 6), (1, 9)) == 20


def test_over_two_weekends():
    assert charged((1, 6), (1, 17)) == 140


def test_within_a_week():
    assert charged((1, 3), (1, 6)) == 60


def test_returned_on_a_closed_day():
    assert charged((1, 6), (1, 8)) == 0


def test_over_a_holiday():
    assert charged((4, 6), (4, 12), holidays=[(4, 7), (4, 10)]) == 40


def test_due_on_what_became_a_holiday():
    assert charged((5, 1), (5, 4), holidays=[(5, 1)]) == 60


def test_due_and_returned_on_closed_days():
    assert charged((5, 6), (5, 14)) == 100


def test_on_time():
    assert charged((1, 6), (1, 6)) == 0


def test_early():
    assert charged((1, 9), (1, 6)) == 0


def test_grace_over_a_weekend():
    assert charged((1, 6), (1, 10), grace=1) == 20


def test_highest_fine():
    assert charged((1, 6), (2, 10)) == 500


def test_just_below_the_highest_fine():
    assert charged((1, 6), (2, 9)) == 480


def test_other_closed_days():
    assert charged((1, 2), (1, 9), closed=[0, 2]) == 100


def test_never_closed():
    assert charged((1, 6), (1, 9), closed=[]) == 60


def test_opening_days():
    assert Calendar(WEEKEND).open_days(date(2023, 1, 7), date(2023, 1, 8)) == 0


def test_reminder_over_a_weekend():
    calendar = Calendar(WEEKEND)
    loan = Loan(calendar, "Emma", date(2023, 3, 6))
    assert reminders(calendar, [loan], date(2023, 3, 30)) == ["Emma: due in 2 days"]


def test_reminder_of_a_late_book():
    calendar = Calendar(WEEKEND)
    loan = Loan(calendar, "Emma", date(2023, 3, 3))
    assert reminders(calendar, [loan], date(2023, 4, 4)) == ["Emma: 2 days late"]


def test_reminder_before_a_long_weekend():
    calendar = Calendar(WEEKEND, [date(2023, 4, 7), date(2023, 4, 10)])
    loan = Loan(calendar, "Emma", date(2023, 3, 14))
    assert reminders(calendar, [loan], date(2023, 4, 6)) == ["Emma: due in 1 day"]


def test_holiday_that_was_added_later():
    calendar = Calendar(WEEKEND)
    loan = Loan(calendar, "Emma", date(2023, 3, 13))
    calendar.add_holiday(date(2023, 4, 10))
    assert fine(calendar, loan.due, date(2023, 4, 11)) == 20
