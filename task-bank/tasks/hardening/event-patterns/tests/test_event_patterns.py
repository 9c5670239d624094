import pytest

from trailmatch import Finding, Pattern, check, find_all, gap, match, parse_rules, search


class TooMuchWork(Exception):
    pass


class Asked:
    """Counts how often steps are asked, and stops when it is far too often."""

    def __init__(self, allowed):
        self.left = allowed

    def count(self):
        self.left -= 1
        if self.left < 0:
            raise TooMuchWork

    def step(self, letters):
        def ask(event):
            self.count()
            return event in letters

        return ask

    def pattern(self, text):
        """Letters are steps, a digit is a gap with this limit, - is a gap without limit, . is any event."""
        parts = []
        for sign in text:
            if sign == "-":
                parts.append(gap())
            elif sign.isdigit():
                parts.append(gap(int(sign)))
            else:
                parts.append(self.step("abcxyz" if sign == "." else sign))
        return Pattern(*parts)


class Named:
    """An event that counts how often somebody reads its name."""

    def __init__(self, name, asked):
        self._name = name
        self._asked = asked

    @property
    def name(self):
        self._asked.count()
        return self._name


def asked(text, log):
    counter = Asked(12 * len(text) * len(log))
    return counter.pattern(text)


def test_many_gaps_without_limit():
    text, log = "a-" * 12 + "b", "a" * 300
    assert match(asked(text, log), log) is None


def test_many_gaps_with_a_limit():
    text, log = "a2" * 20 + "b", "a" * 200
    assert match(asked(text, log), log) is None


def test_match_that_is_hard_to_find():
    text, log = "a1" * 30 + "b", "a" * 45 + "b"
    assert match(asked(text, log), log) == (*range(16), *range(17, 44, 2), 45)


def test_search_without_a_match():
    text, log = "a3" * 10 + "b", "a" * 400
    assert search(asked(text, log), log) is None


def test_search_from_every_event():
    text, log = "a-b", "a" * 1500
    assert search(asked(text, log), log) is None


def test_search_with_a_late_match():
    text, log = "a-c" + "1a" * 15 + "1b", ("c" + "a" * 30) * 10 + "c" + "a" * 15 + "b"
    assert search(asked(text, log), log) == (1, *range(310, 327))


def test_find_all_with_matches_and_a_long_rest():
    text, log = "a1" * 12 + "b", ("a" * 12 + "b") * 12 + "a" * 400
    assert find_all(asked(text, log), log) == [tuple(range(start, start + 13)) for start in range(0, 156, 13)]


def test_mixed_gaps_in_a_long_log():
    text, log = "a2b-a3b-x1a-b2.-c", "abxa" * 500
    assert match(asked(text, log), log) is None


def test_rules():
    rules = parse_rules("flicker: " + "motion.* ..2 " * 12 + "alarm\nslow: " + "motion.hall ... " * 6 + "alarm")
    names = ["motion.hall", "motion.door"] * 100
    counter = Asked(12 * 200 * 40)
    assert check(rules, [Named(name, counter) for name in names]) == []


def test_rules_with_a_finding():
    rules = parse_rules("flicker: " + "motion.* ..1 " * 12 + "alarm")
    names = ["motion.hall"] * 150 + ["alarm"]
    counter = Asked(12 * 151 * 25)
    findings = check(rules, [Named(name, counter) for name in names])
    assert findings == [Finding("flicker", (*range(126, 149, 2), 150))]


def test_limits_need_second_thoughts():
    assert match(Asked(999).pattern("a-b1c"), "abxxabxc") == (0, 5, 7)
    assert match(Asked(999).pattern("a2a1b"), "aaxab") == (0, 3, 4)
    assert search(Asked(999).pattern("a1b0c"), "aabxabc") == (4, 5, 6)


def test_match_reaches_the_end():
    assert match(Asked(999).pattern("a-b"), "abxb") == (0, 3)
    assert match(Asked(999).pattern("-a"), "xaxa") == (3,)
    assert match(Asked(999).pattern("a1"), "axx") is None
    assert match(Asked(999).pattern("-a-"), "xaxa") == (1,)


def test_as_early_as_possible():
    assert search(Asked(999).pattern("a-b-c"), "xaabbcc") == (1, 3, 5)
    assert search(Asked(999).pattern("a2a2c"), "aaaaxc") == (0, 2, 5)
    assert search(Asked(999).pattern("-b"), "aab") == (2,)


def test_same_event_for_different_parts():
    assert match(Asked(999).pattern("a.-.b"), "axyb") == (0, 1, 2, 3)
    assert match(Asked(999).pattern("a.-.b"), "axb") is None
    assert match(Asked(999).pattern("--a-1a"), "aa") == (0, 1)


def test_find_all_does_not_overlap():
    assert find_all(Asked(999).pattern("a-a"), "aaxaxa") == [(0, 1), (3, 5)]
    assert find_all(Asked(999).pattern("a1b"), "aabbab") == [(0, 2), (4, 5)]
    assert find_all(Asked(999).pattern("a"), "") == []


def test_errors_of_a_step_pass_through():
    def broken(event):
        raise KeyError(event)

    with pytest.raises(KeyError):
        search(Pattern(broken), "a")
