import pytest

from encore import PlanError, Programme, parse_song, report


def fields(line):
    song = parse_song(line)
    return [song.title, song.artist, song.seconds]


def test_by_in_a_title():
    assert fields("Side by Side by Harry Woods (3:05)") == ["Side by Side", "Harry Woods", 185]


def test_by_in_a_title_without_a_duration():
    assert fields("Stand by Me by Ben E. King") == ["Stand by Me", "Ben E. King", 0]


def test_by_twice_in_a_title():
    assert fields("Line by Line by Line by Harry Woods (1:00)") == ["Line by Line by Line", "Harry Woods", 60]


def test_spaces_around_by():
    assert fields("  Day  by   Day  by  Stephen Schwartz   (2:59) ") == ["Day by Day", "Stephen Schwartz", 179]


def test_by_as_the_last_word_of_a_title():
    assert fields("Passers by by Harry Woods") == ["Passers by", "Harry Woods", 0]


def test_a_title_that_begins_with_by():
    assert fields("By the River by Harry Woods (2:00)") == ["By the River", "Harry Woods", 120]


def test_capital_letters_are_a_part_of_the_title():
    assert fields("Down By The River by Neil Young (9:13)") == ["Down By The River", "Neil Young", 553]


def test_capital_letters_are_a_part_of_the_artist():
    assert fields("Moonlight by Birds By Night") == ["Moonlight", "Birds By Night", 0]


def test_a_short_title():
    assert fields("Go by Harry Woods") == ["Go", "Harry Woods", 0]


def test_only_a_whole_word_divides():
    assert fields("Hushaby Baby by Harry Woods") == ["Hushaby Baby", "Harry Woods", 0]


def test_a_dash_in_a_title():
    assert fields("Rag - slow - Scott Joplin (3:00)") == ["Rag - slow", "Scott Joplin", 180]


def test_by_before_a_dash():
    assert fields("Side by Side - Harry Woods (3:05)") == ["Side by Side", "Harry Woods", 185]


def test_a_dash_before_by():
    assert fields("Rag - slow by Scott Joplin") == ["Rag - slow", "Scott Joplin", 0]


def test_both_more_than_once():
    assert fields("Day by Day - Side by Side - live by Harry Woods") == ["Day by Day - Side by Side - live", "Harry Woods", 0]


def test_one_dash():
    assert fields("Summertime - George Gershwin (5:10)") == ["Summertime", "George Gershwin", 310]


def test_a_hyphen_without_spaces():
    assert fields("Tea-Time by Jean-Baptiste Arban") == ["Tea-Time", "Jean-Baptiste Arban", 0]


def test_one_by():
    assert fields("Summertime by George Gershwin (5:10)") == ["Summertime", "George Gershwin", 310]


def test_an_artist_with_the_letters():
    assert fields("Summertime by Ruby Crosby") == ["Summertime", "Ruby Crosby", 0]


def test_no_artist():
    assert fields("Standing By (2:00)") == ["Standing By", None, 120]


def test_no_artist_and_no_duration():
    assert fields("Lullaby") == ["Lullaby", None, 0]


def test_brackets_stay():
    assert fields("Step by Step (live) by Whitney Houston (4:12)") == ["Step by Step (live)", "Whitney Houston", 252]


def test_there_and_back():
    assert str(parse_song("Side by Side by Harry Woods (3:05)")) == "Side by Side by Harry Woods (3:05)"


def test_stage():
    programme = Programme.parse("Side by Side by Harry Woods (3:05)\nDay by Day by Stephen Schwartz (2:59)\n\nLullaby")
    assert programme.lines() == ["Set 1 (6:04)", "  Side by Side", "  Day by Day", "Set 2 (0:00)", "  Lullaby"]


def test_report_of_one_artist():
    programme = Programme.parse("Side by Side by Harry Woods (3:05)\nPaddlin' Madelin' Home by Harry Woods (2:55)")
    assert report(programme) == ["Harry Woods: 2 titles, 6:00"]


def test_report_of_titles_that_begin_alike():
    programme = Programme.parse("Side by Side by Harry Woods (3:00)\nSide by Sea by Harry Woods (2:00)\nSide by Side by Harry Woods (3:00)")
    assert report(programme) == ["Harry Woods: 2 titles, 8:00"]


def test_report_with_several():
    programme = Programme.parse("Day by Day by Stephen Schwartz (2:59)\nLullaby (1:00)\nSide by Side by Harry Woods (3:05)")
    assert report(programme) == [
        "Harry Woods: 1 title, 3:05",
        "Stephen Schwartz: 1 title, 2:59",
        "traditional: 1 title, 1:00",
    ]


def test_only_a_duration():
    with pytest.raises(PlanError):
        parse_song("(3:05)")
