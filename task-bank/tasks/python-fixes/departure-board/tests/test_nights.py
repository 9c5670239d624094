from platformer import Board, read_timetable, render_board


def seen(text, day, time, **options):
    return [(one.train.number, one.minutes, one.late) for one in Board(read_timetable(text)).departures(day, time, **options)]


def test_late_over_midnight():
    assert seen("88 23:50 Harbour daily +25", "tue", "00:05") == [("88", 10, True)]


def test_late_in_the_morning():
    assert seen("5 08:00 Hill daily +12", "wed", "08:05") == [("5", 7, True)]


def test_minutes_before_its_time():
    assert seen("5 08:00 Hill daily +12", "wed", "07:50") == [("5", 22, True)]


def test_the_minute_in_which_it_leaves():
    assert seen("5 08:00 Hill daily +12", "wed", "08:12") == [("5", 0, True)]


def test_the_minute_after():
    assert seen("5 08:00 Hill daily +12", "wed", "08:13") == []


def test_order():
    assert seen("1 09:00 A daily +30\n2 09:10 B daily", "mon", "08:50") == [("2", 20, False), ("1", 40, True)]


def test_same_minute_by_number():
    assert seen("9 09:00 A daily +10\n2 09:10 B daily", "mon", "09:00") == [("2", 10, False), ("9", 10, True)]


def test_too_late_to_be_seen():
    assert seen("1 09:00 A daily +90", "mon", "08:50", within=60) == []


def test_just_early_enough():
    assert seen("1 09:00 A daily +50", "mon", "08:50", within=60) == [("1", 60, True)]


def test_in_time():
    assert seen("1 09:00 A daily", "mon", "08:50") == [("1", 10, False)]


def test_in_time_and_gone():
    assert seen("1 09:00 A daily", "mon", "09:01") == []


def test_long_service_day():
    assert seen("3 25:10 Harbour fri +20", "sat", "01:15") == [("3", 15, True)]


def test_long_service_day_in_the_week_after():
    assert seen("3 25:10 Harbour sun +20", "mon", "01:15") == [("3", 15, True)]


def test_long_service_day_in_time():
    assert seen("3 25:10 Harbour fri", "sat", "01:00") == [("3", 10, False)]


def test_long_service_day_before_midnight():
    assert seen("3 25:10 Harbour fri", "fri", "23:30") == [("3", 100, False)]


def test_not_on_the_night_before():
    assert seen("3 25:10 Harbour fri", "fri", "01:00") == []


def test_longest_service_day():
    assert seen("3 47:10 Harbour fri", "sat", "23:00") == [("3", 10, False)]


def test_twice_within_two_days():
    assert seen("3 25:10 Harbour daily", "sat", "01:00", within=1500) == [("3", 10, False), ("3", 1450, False)]


def test_last_night_and_this_morning_in_order():
    assert seen("1 01:05 A daily\n2 25:02 B daily\n3 24:59 C daily", "mon", "00:50") == [("3", 9, False), ("2", 12, False), ("1", 15, False)]


def test_text():
    board = Board(read_timetable("88 23:50 Harbour daily +25"))
    assert render_board(board, "tue", "00:05") == ["00:15 Harbour          10 min (+25)"]


def test_next_to():
    board = Board(read_timetable("1 09:00 Hill daily +60\n2 09:30 Hill daily"))
    assert board.next_to("Hill", "mon", "09:05").train.number == "2"


def test_next_to_after_midnight():
    assert Board(read_timetable("3 25:10 Harbour fri")).next_to("Harbour", "sat", "01:00").minutes == 10


def test_next_to_in_a_week():
    assert Board(read_timetable("3 08:00 Harbour fri")).next_to("Harbour", "fri", "08:01").minutes == 10079
