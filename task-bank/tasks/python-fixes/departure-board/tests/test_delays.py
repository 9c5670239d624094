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


def test_late_by_more_than_a_day():
    assert seen("7 12:00 Coast mon +1500", "tue", "12:30") == [("7", 30, True)]


def test_text():
    board = Board(read_timetable("88 23:50 Harbour daily +25"))
    assert render_board(board, "tue", "00:05") == ["00:15 Harbour          10 min (+25)"]


def test_next_to():
    board = Board(read_timetable("1 09:00 Hill daily +60\n2 09:30 Hill daily"))
    assert board.next_to("Hill", "mon", "09:05").train.number == "2"
