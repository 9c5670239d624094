import pytest

from cardboard import Board, BoardError, Event, dumps, loads


def make():
    board = Board(["todo", "doing", "done"], wip={"doing": 2})
    for title in ("paint", "sweep", "cook"):
        board.add(title, "todo")
    return board


def places(board):
    return [board.cards(column) for column in board.columns()]


BEFORE = ["add 'paint'", "add 'sweep'", "add 'cook'"]


def test_undo_takes_back_all():
    board = make()
    with board.group("start"):
        board.rename(1, "paint the fence")
        board.move(1, "doing")
        board.move(2, "doing", 0)
        board.remove(3)
        assert board.add("rest", "todo") == 4
    assert board.history() == [*BEFORE, "start"]
    assert board.undo() == "start"
    assert places(board) == [[1, 2, 3], [], []]
    assert [board.title(card) for card in (1, 2, 3)] == ["paint", "sweep", "cook"]
    assert board.history() == BEFORE


def test_redo_repeats_all_in_order():
    board = make()
    with board.group("start"):
        board.move(1, "doing")
        board.move(2, "doing", 0)
        board.move(1, "done")
        board.move(3, "doing")
    board.undo()
    assert board.redo() == "start"
    assert places(board) == [[], [2, 3], [1]]
    assert board.redo() is None
    assert board.history() == [*BEFORE, "start"]


def test_single_change_gets_the_label():
    board = make()
    with board.group("finish"):
        board.move(1, "done")
    assert board.history() == [*BEFORE, "finish"]
    assert board.undo() == "finish"


def test_group_without_changes():
    board = make()
    board.undo()
    with board.group("nothing"):
        board.rename(1, "paint")
        with board.group("less than nothing"):
            pass
    assert board.history() == BEFORE[:2]
    assert board.redo() == "add 'cook'"


def test_changes_end_redo():
    board = make()
    board.undo()
    with board.group("finish"):
        board.move(1, "done")
    assert board.redo() is None


def test_limit_counts_groups_once():
    board = Board(["todo"], limit=2)
    board.add("a", "todo")
    board.add("b", "todo")
    with board.group("many"):
        for title in "cdefg":
            board.add(title, "todo")
    assert board.history() == ["add 'b'", "many"]
    board.undo()
    board.undo()
    assert board.cards("todo") == [1]


def test_nested_groups():
    board = make()
    with board.group("outer"):
        board.move(1, "doing")
        with board.group("inner"):
            board.move(2, "doing")
        board.move(1, "done")
    assert board.history() == [*BEFORE, "outer"]
    board.undo()
    assert places(board) == [[1, 2, 3], [], []]
    board.redo()
    assert places(board) == [[3], [2], [1]]


def test_failure_takes_everything_back():
    board = make()
    board.undo()
    with pytest.raises(ZeroDivisionError):
        with board.group("doomed"):
            board.move(2, "doing")
            with board.group("inner"):
                board.remove(1)
            1 / 0
    assert places(board) == [[1, 2], [], []]
    assert board.history() == BEFORE[:2]
    assert board.redo() == "add 'cook'"
    assert places(board) == [[1, 2, 3], [], []]


def test_failure_by_the_rules_of_the_board():
    board = make()
    with pytest.raises(BoardError):
        with board.group("too much"):
            for card in (1, 2, 3):
                board.move(card, "doing")
    assert places(board) == [[1, 2, 3], [], []]
    board.move(3, "done")
    assert board.history() == [*BEFORE, "move 'cook'"]
    assert board.undo() == "move 'cook'"


def test_failure_of_an_inner_group_only():
    board = make()
    with board.group("outer"):
        board.move(1, "doing")
        with pytest.raises(KeyError):
            with board.group("inner"):
                board.move(1, "done")
                board.rename(1, "lost")
                raise KeyError
        assert places(board) == [[2, 3], [1], []]
        board.move(2, "done")
    assert board.title(1) == "paint"
    assert places(board) == [[3], [1], [2]]
    assert board.undo() == "outer"
    assert places(board) == [[1, 2, 3], [], []]
    board.redo()
    assert places(board) == [[3], [1], [2]]


def test_reading_within_a_group():
    board = make()
    with board.group("start"):
        board.move(1, "doing")
        board.rename(1, "paint the fence")
        assert board.column_of(1) == "doing"
        assert board.title(1) == "paint the fence"
        assert board.history() == BEFORE


def test_listeners_hear_afterwards():
    board = make()
    heard = []
    board.subscribe(heard.append)
    with board.group("outer"):
        board.move(1, "doing")
        with board.group("inner"):
            board.rename(2, "mop")
        with pytest.raises(KeyError):
            with board.group("lost"):
                board.remove(3)
                raise KeyError
        board.remove(2)
        assert heard == []
    assert heard == [Event("moved", 1), Event("renamed", 2), Event("removed", 2)]
    heard.clear()
    board.undo()
    assert heard == [Event("added", 2), Event("renamed", 2), Event("moved", 1)]
    heard.clear()
    board.redo()
    assert heard == [Event("moved", 1), Event("renamed", 2), Event("removed", 2)]
    heard.clear()
    with pytest.raises(KeyError):
        with board.group("lost"):
            board.remove(3)
            raise KeyError
    assert heard == []


def test_listeners_may_change_the_board():
    board = make()
    seen = []

    def follow(event):
        seen.append(board.history()[-1])
        if event == Event("moved", 1):
            board.rename(1, "painted")

    board.subscribe(follow)
    with board.group("finish"):
        board.move(1, "done")
    assert board.history() == [*BEFORE, "finish", "rename 'paint'"]
    assert seen == ["finish", "rename 'paint'"]


def test_forbidden_within_a_group():
    board = make()
    with board.group("start"):
        board.move(1, "doing")
        for action in (board.undo, board.redo, lambda: dumps(board)):
            with pytest.raises(BoardError):
                action()
        board.move(2, "doing")
    assert places(board) == [[3], [1, 2], []]
    assert board.undo() == "start"
    assert board.redo() == "start"


def test_groups_in_files():
    board = make()
    for label in ("first", "second"):
        with board.group(label):
            board.move(1, "doing" if label == "first" else "done")
            with board.group("inner"):
                board.rename(1, label)
    board.undo()
    again = loads(dumps(board))
    assert dumps(again) == dumps(board)
    assert again.history() == [*BEFORE, "first"]
    assert again.redo() == "second"
    assert (again.title(1), again.column_of(1)) == ("second", "done")
    assert [again.undo(), again.undo()] == ["second", "first"]
    assert (again.title(1), again.column_of(1)) == ("paint", "todo")


def test_files_written_so_far():
    text = """{"version": 1, "columns": [{"name": "todo", "cards": [1]}, {"name": "done", "cards": []}],
    "titles": {"1": "paint"}, "wip": {}, "next": 3, "limit": 9,
    "done": [{"kind": "add", "card": 1, "title": "paint", "column": "todo", "position": 0}],
    "undone": [{"kind": "move", "card": 1, "title": "paint", "source": "todo", "source_position": 0,
                "target": "done", "target_position": 0}]}"""
    board = loads(text)
    assert board.redo() == "move 'paint'"
    assert board.cards("done") == [1]
    assert board.history() == ["add 'paint'", "move 'paint'"]
    assert board.add("sweep", "todo") == 3
