from datetime import date

from bookable import Booking, clashes, peak_load


class Stamp:
    """A time that counts how often such times are compared."""

    compared = 0

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        Stamp.compared += 1
        return self.value < other.value

    def __eq__(self, other):
        Stamp.compared += 1
        return self.value == other.value

    __hash__ = None


def comparisons(work, spans):
    bookings = [Booking(room, Stamp(start), Stamp(end), str(n)) for n, (room, start, end) in enumerate(spans)]
    Stamp.compared = 0
    work(bookings)
    return Stamp.compared


def pairs(spans):
    bookings = [Booking(room, start, end, n) for n, (room, start, end) in enumerate(spans)]
    return [(one.title, other.title) for one, other in clashes(bookings)]


def test_a_term_without_clashes():
    assert comparisons(clashes, [("hall", 10 * n, 10 * n + 9) for n in range(400)]) < 12_000


def test_a_term_backwards():
    assert comparisons(clashes, [("hall", 10 * n, 10 * n + 9) for n in reversed(range(400))]) < 12_000


def test_a_term_mixed_up():
    assert comparisons(clashes, [("hall", n * 7919 % 401, n * 7919 % 401 + 1) for n in range(400)]) < 16_000


def test_many_rooms_at_once():
    assert comparisons(clashes, [(f"room {n % 100}", n // 100, n // 100 + 1) for n in range(400)]) < 12_000


def test_few_clashes():
    assert comparisons(clashes, [("hall", 10 * n, 10 * n + 11) for n in range(400)]) < 16_000


def test_load_of_a_term():
    assert comparisons(peak_load, [("hall", 10 * n, 10 * n + 9) for n in range(400)]) < 20_000


def test_load_of_a_festival():
    assert comparisons(peak_load, [("hall", n, 1000 - n) for n in range(400)]) < 20_000


def test_number_of_clashes_of_a_festival():
    assert len(pairs([("hall", n, 500 - n) for n in range(200)])) == 19900


def test_order_of_pairs():
    assert pairs([("a", 5, 9), ("b", 0, 9), ("a", 0, 6), ("b", 8, 10), ("a", 8, 20)]) == [(0, 2), (0, 4), (1, 3)]


def test_order_within_pairs():
    assert pairs([("a", 50, 60), ("a", 40, 55), ("a", 0, 100)]) == [(0, 1), (0, 2), (1, 2)]


def test_end_to_end():
    assert pairs([("a", 5, 9), ("a", 9, 12), ("a", 0, 5)]) == []


def test_empty_bookings():
    assert pairs([("a", 0, 9), ("a", 5, 5), ("a", 0, 0), ("a", 5, 5)]) == []


def test_equal_bookings():
    assert pairs([("a", 1, 2), ("a", 1, 2)]) == [(0, 1)]


def test_the_same_booking_twice():
    one = Booking("a", 1, 2)
    assert len(clashes([one, one])) == 1


def test_long_one_over_many():
    assert pairs([("a", n, n + 1) for n in range(4)] + [("a", 0, 4)]) == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_dates():
    found = clashes([Booking("a", date(2024, 2, 1), date(2024, 3, 1), "x"), Booking("a", date(2024, 2, 29), date(2024, 3, 2), "y")])
    assert [(one.title, other.title) for one, other in found] == [("x", "y")]


def test_an_iterator():
    assert len(clashes(iter([Booking("a", 1, 3), Booking("a", 2, 4)]))) == 1


def test_peak():
    assert peak_load([Booking("a", 1, 5), Booking("b", 3, 6), Booking("c", 5, 9)]) == (2, 3)


def test_earliest_of_equal_peaks():
    assert peak_load([Booking("a", 7, 9), Booking("b", 8, 9), Booking("c", 1, 4), Booking("d", 2, 4)]) == (2, 2)


def test_peak_end_to_end():
    assert peak_load([Booking("a", 3, 4), Booking("a", 2, 3), Booking("a", 1, 2)]) == (1, 1)


def test_peak_with_equal_starts():
    assert peak_load([Booking("a", 1, 9), Booking("b", 1, 2), Booking("c", 1, 1), Booking("d", 1, 4)]) == (3, 1)


def test_peak_of_empty_bookings():
    assert peak_load([Booking("a", 2, 2)]) == (0, None)
