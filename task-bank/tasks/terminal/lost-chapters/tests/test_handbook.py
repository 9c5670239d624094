import subprocess

HANDBOOK = "/app/handbook"


def git(*arguments):
    return subprocess.run(["git", "-C", HANDBOOK, *arguments], capture_output=True, text=True).stdout


def subjects(branch):
    return git("log", "--format=%s", branch).splitlines()


def test_main_is_checked_out():
    assert git("symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_commits_of_main():
    assert subjects("main") == [
        "Correct a slip in the rules",
        "Tools go back",
        "Chapter on repairs",
        "The Grebe is ours now",
        "Chapter on weather",
        "List the boats",
        "Begin the handbook",
    ]


def test_no_merge():
    assert git("rev-list", "--merges", "--count", "main") == "0\n"


def test_old_commits_are_the_same():
    assert git("rev-parse", "main~1")[:16] == "3d81f749596c1b8f"


def test_translation_is_the_same():
    assert git("rev-parse", "translation")[:16] == "705728b2b80de844"


def test_translation_has_its_commits():
    assert subjects("translation")[:2] == ["Translate the list of boats", "Translate the rules"]


def test_rules_are_corrected():
    assert git("show", "main:chapters/01-rules.md").split()[-5:-3] == ["writes", "it"]


def test_boats():
    assert git("show", "main:chapters/02-boats.md").splitlines()[-1] == "- Grebe, one seat"


def test_repairs():
    assert len(git("show", "main:chapters/04-repairs.md").splitlines()) == 5


def test_glossary_is_changed_and_not_staged():
    assert git("status", "--porcelain") == " M glossary.md\n"


def test_glossary_has_the_lost_words():
    with open(f"{HANDBOOK}/glossary.md") as file:
        assert [line.split(":")[0] for line in file.readlines()[2:]] == ["- cleat", "- painter", "- thwart"]


def test_committed_glossary():
    assert len(git("show", "main:glossary.md").splitlines()) == 3


def test_stash_is_empty():
    assert git("stash", "list") == ""


def test_one_name():
    assert sorted(set(git("log", "--all", "--format=%an %ae %cn").splitlines())) == ["Arête arete@example.invalid Arête"]


def test_branches():
    assert git("for-each-ref", "--format=%(refname)", "refs/heads").splitlines() == ["refs/heads/main", "refs/heads/translation"]


def test_repository_is_sound():
    assert subprocess.run(["git", "-C", HANDBOOK, "fsck", "--strict"], capture_output=True).returncode == 0
