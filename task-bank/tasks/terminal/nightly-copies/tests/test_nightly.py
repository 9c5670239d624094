import fcntl
import os
import subprocess
import tarfile
import tempfile

FILES = ["plain.txt", "with space.txt", ".hidden", "sub/.deep/x y", "sub/-dash", "* star"]


def folder(files=FILES):
    root = os.path.join(tempfile.mkdtemp(), "my files")
    os.mkdir(root)
    for name in files:
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
        with open(os.path.join(root, name), "w") as file:
            file.write(name)
    return root


def target(*names):
    root = os.path.join(tempfile.mkdtemp(), "the copies")
    os.mkdir(root)
    for name in names:
        with open(os.path.join(root, name), "w") as file:
            file.write("old")
    return root


def nightly(*arguments, stamp="20240102-030405", cwd="/"):
    environment = {**os.environ, "NIGHTLY_STAMP": stamp}
    done = subprocess.run(
        ["/app/nightly.sh", *arguments], env=environment, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout


def archived(root, stamp="20240102-030405"):
    with tarfile.open(os.path.join(root, f"nightly-{stamp}.tar.gz")) as archive:
        return sorted(one.name for one in archive.getmembers() if one.isfile())


def listed(root):
    return sorted(name for name in os.listdir(root) if name != ".lock")


def test_every_file_is_in_the_archive():
    to = target()
    nightly("copy", folder(), to)
    assert archived(to) == ["./* star", "./.hidden", "./plain.txt", "./sub/-dash", "./sub/.deep/x y", "./with space.txt"]


def test_what_it_prints():
    assert nightly("copy", folder(), target()) == (0, "kept 1\n")


def test_archive_and_sum():
    to = target()
    nightly("copy", folder(), to)
    assert listed(to) == ["nightly-20240102-030405.sha256", "nightly-20240102-030405.tar.gz"]


def test_sum_can_be_checked():
    to = target()
    nightly("copy", folder(), to)
    done = subprocess.run(["sha256sum", "--check", "nightly-20240102-030405.sha256"], cwd=to, capture_output=True, text=True)
    assert done.stdout == "nightly-20240102-030405.tar.gz: OK\n"


def test_target_is_made():
    to = os.path.join(target(), "new", "one")
    assert nightly("copy", folder(), to) == (0, "kept 1\n")


def test_relative_paths():
    source = folder()
    assert nightly("copy", os.path.basename(source), "out", cwd=os.path.dirname(source)) == (0, "kept 1\n")


def test_an_empty_folder():
    assert nightly("copy", folder([]), target()) == (0, "kept 1\n")


def test_as_many_as_wanted_are_kept():
    to = target("nightly-1.tar.gz", "nightly-1.sha256", "nightly-2.tar.gz", "nightly-2.sha256", "nightly-3.tar.gz")
    nightly("copy", folder(), to, "3", stamp="4")
    assert listed(to) == [
        "nightly-2.sha256",
        "nightly-2.tar.gz",
        "nightly-3.tar.gz",
        "nightly-4.sha256",
        "nightly-4.tar.gz",
    ]


def test_newest_by_name():
    to = target("nightly-9.tar.gz", "nightly-8.tar.gz")
    nightly("copy", folder(), to, "2", stamp="1")
    assert listed(to) == ["nightly-8.tar.gz", "nightly-9.tar.gz"]


def test_seven_unless_told():
    to = target(*[f"nightly-0{number}.tar.gz" for number in range(9)])
    assert nightly("copy", folder(), to, stamp="10") == (0, "kept 7\n")


def test_other_files_stay():
    to = target("before-move.tar.gz", "notes.txt", "nightly-1.tar.gz", "nightly.tar.gz")
    nightly("copy", folder(), to, "1", stamp="2")
    assert listed(to) == ["before-move.tar.gz", "nightly-2.sha256", "nightly-2.tar.gz", "nightly.tar.gz", "notes.txt"]


def test_other_archives_do_not_count():
    assert nightly("copy", folder(), target("before-move.tar.gz")) == (0, "kept 1\n")


def test_no_source():
    assert nightly("copy", "/nowhere", target()) == (2, "")


def test_no_number():
    assert [nightly("copy", folder(), target(), keep)[0] for keep in ("0", "-1", "x", "1.5")] == [2, 2, 2, 2]


def test_no_command():
    assert [nightly()[0], nightly("move")[0]] == [2, 2]


def test_a_target_that_cannot_be_made():
    assert nightly("copy", folder(), "/proc/nothing") == (3, "")


def test_a_target_that_is_a_file():
    assert nightly("copy", folder(), os.path.join(target("file"), "file"))[0] == 3


def test_a_file_that_cannot_be_read():
    source, to = folder(), target("nightly-1.tar.gz")
    os.chmod(os.path.join(source, "plain.txt"), 0)
    code, said = nightly("copy", source, to, "1", stamp="2")
    assert (code, said, listed(to)) == (3, "", ["nightly-1.tar.gz"])


def test_a_lock_that_was_left_behind():
    to = target(".lock")
    assert nightly("copy", folder(), to) == (0, "kept 1\n")


def test_another_run():
    to = target()
    with open(os.path.join(to, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, said = nightly("copy", folder(), to)
    assert (code, said, listed(to)) == (4, "", [])


def test_the_lock_is_free_afterwards():
    to = target()
    nightly("copy", folder(), to)
    with open(os.path.join(to, ".lock"), "w") as lock:
        assert fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB) is None


def test_check_of_a_good_archive():
    to = target()
    nightly("copy", folder(), to)
    assert nightly("check", os.path.join(to, "nightly-20240102-030405.tar.gz")) == (0, "good\n")


def test_check_in_the_same_folder():
    to = target()
    nightly("copy", folder(), to, stamp="5")
    assert nightly("check", "nightly-5.tar.gz", cwd=to) == (0, "good\n")


def test_check_of_a_changed_archive():
    to = target()
    nightly("copy", folder(), to, stamp="5")
    with open(os.path.join(to, "nightly-5.tar.gz"), "ab") as file:
        file.write(b"x")
    assert nightly("check", os.path.join(to, "nightly-5.tar.gz")) == (1, "bad\n")


def test_check_of_what_is_no_archive():
    to = target("nightly-5.tar.gz")
    subprocess.run("sha256sum nightly-5.tar.gz > nightly-5.sha256", shell=True, cwd=to)
    assert nightly("check", os.path.join(to, "nightly-5.tar.gz")) == (1, "bad\n")


def test_check_without_a_sum():
    assert nightly("check", os.path.join(target("nightly-5.tar.gz"), "nightly-5.tar.gz")) == (1, "bad\n")


def test_check_of_nothing():
    assert nightly("check", "/nowhere/nightly-5.tar.gz") == (1, "bad\n")
