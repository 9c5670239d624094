import pytest

from postroom import Message, RuleError, explain, read_rules, sort_message

CHESS = Message(from_="club@example.com", to="chess@example.com", subject="Re: Match", size=50)


def holds(condition, message=CHESS):
    return sort_message(read_rules(f"drop: {condition}"), message) == "drop"


def written(condition):
    return str(read_rules(f"drop: {condition}")[0].condition)


def mistake(condition):
    with pytest.raises(RuleError) as caught:
        read_rules(f"drop: {condition}")
    return caught.value.line, caught.value.column


def test_or():
    assert [holds("size > 90 or size < 60"), holds("size > 90 or size < 10")] == [True, False]


def test_or_binds_less_than_and():
    assert holds('size < 60 or size > 90 and from is "x"') is True


def test_or_binds_less_than_and_on_the_other_side():
    assert holds('from is "x" and size > 90 or size < 60') is True


def test_brackets():
    assert holds('(size < 60 or size > 90) and from is "x"') is False


def test_not():
    assert [holds("not size > 90"), holds("not size < 90")] == [True, False]


def test_not_binds_more_than_and():
    assert holds("not size > 90 and size > 90") is False


def test_not_twice():
    assert [holds("not not size > 90"), holds("not not not size > 90")] == [False, True]


def test_not_with_brackets():
    assert holds("not (size > 90 or size > 40)") is False


def test_in():
    assert [holds('to in ["a", "CHESS@example.com"]'), holds('to in ["chess"]')] == [True, False]


def test_in_with_an_empty_text():
    assert holds('list in ["", "x"]') is True


def test_three_rules():
    rules = read_rules(
        """
move Club:  to has "chess" or (subject has "chess" and not from is "shop@example.com")
move Bills: from in ["power@example.com", "water@example.com"] and size > 100
drop:       not (list is "" or subject starts "Re:")
"""
    )
    messages = [
        CHESS,
        Message(subject="Chess sets", from_="shop@example.com"),
        Message(from_="Water@example.com", size=101),
        Message(list="news", subject="Hello"),
    ]
    assert [sort_message(rules, one) for one in messages] == ["move Club", "keep", "move Bills", "drop"]


def test_no_spaces():
    assert holds('not(to in["x","y"]or size>90)') is True


def test_written_without_brackets():
    assert written("((size > 1)) and ((size > 2) and size > 3)") == "size > 1 and size > 2 and size > 3"


def test_written_with_brackets():
    assert written("(size > 1) and (size > 2 or size > 3)") == "size > 1 and (size > 2 or size > 3)"


def test_written_or_of_and():
    assert written("(size > 1 and size > 2) or (size > 3 or size > 4)") == "size > 1 and size > 2 or size > 3 or size > 4"


def test_written_not():
    assert written("not   (size > 1)") == "not size > 1"


def test_written_not_of_and():
    assert written("not (not (size > 1) and size > 2)") == "not (not size > 1 and size > 2)"


def test_written_not_not():
    assert written("not (not (size > 1 or size > 2))") == "not not (size > 1 or size > 2)"


def test_written_list():
    assert written('to in [ "a" ,"b\\"" ]') == 'to in ["a", "b\\""]'


def test_written_as_before():
    assert written('to has "chess"   and size < 5000') == 'to has "chess" and size < 5000'


def test_explain_or_that_is_true():
    assert explain(read_rules("drop: size > 90 or size < 60 or size < 70"), CHESS)[0] == "line 1: yes, size < 60 is true"


def test_explain_or_that_is_false():
    assert explain(read_rules("drop: size > 90 or size > 80"), CHESS)[0] == "line 1: no, size > 80 is false"


def test_explain_not():
    assert explain(read_rules("drop: not size > 90"), CHESS)[0] == "line 1: yes, size > 90 is false"


def test_explain_not_of_and():
    assert explain(read_rules("drop: not (size < 90 and size > 60)"), CHESS) == ["line 1: yes, size > 60 is false", "drop"]


def test_explain_and_of_or():
    assert explain(read_rules("drop: (size < 60 or size > 1) and size > 99"), CHESS)[0] == "line 1: no, size > 99 is false"


def test_bracket_not_closed():
    assert mistake("(size > 1  ") == (1, 16)


def test_bracket_too_many():
    assert mistake("size > 1)") == (1, 15)


def test_empty_brackets():
    assert mistake("()") == (1, 8)


def test_empty_list():
    assert mistake("to in []") == (1, 14)


def test_comma_at_the_end_of_a_list():
    assert mistake('to in ["a",]') == (1, 18)


def test_list_not_closed():
    assert mistake('to in ["a"') == (1, 17)


def test_number_in_a_list():
    assert mistake("to in [1]") == (1, 14)


def test_in_for_a_number():
    assert mistake('size in ["1"]') == (1, 12)


def test_not_with_nothing():
    assert mistake("not ") == (1, 10)


def test_not_in_the_middle():
    assert mistake("size not > 1") == (1, 12)


def test_side_by_side():
    assert mistake("size > 1 (size > 2)") == (1, 16)


def test_or_at_the_end():
    assert mistake("size > 1 or") == (1, 18)


def test_keyword_in_capitals():
    assert mistake("size > 1 OR size > 2") == (1, 16)


def test_mistake_on_a_later_line():
    with pytest.raises(RuleError, match="line 3, column 7"):
        read_rules("\ndrop: size > 1\ndrop: )")
