import io
import os
import tarfile
import tempfile

import pytest

from intake import ArchiveError, Limits, listing, read_submission, unpack


def place():
    """A new folder, and a target in it that is there already."""
    base = tempfile.mkdtemp()
    os.mkdir(os.path.join(base, "ann"))
    return base


def archive(base, *members, mode="w", cut=None):
    path = os.path.join(base, "upload.tar")
    with tarfile.open(path, mode) as made:
        for name, content, *more in members:
            member = tarfile.TarInfo(name)
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.size = len(content)
            else:
                member.type = content
            for key, value in more:
                setattr(member, key, value)
            made.addfile(member, io.BytesIO(content.encode()) if isinstance(content, str) else None)
    if cut is not None:
        with open(path, "r+b") as file:
            file.truncate(cut)
    return path


def tree(base):
    return sorted(os.path.relpath(os.path.join(folder, name), base) for folder, folders, files in os.walk(base) for name in folders + files)


def refused(*members, limits=Limits(), prepare=None, **options):
    """Whether an archive is refused by everything, and nothing is left of it."""
    base = place()
    if prepare:
        prepare(base)
    path = archive(base, ("TITLE", "x"), *members, **options)
    before = tree(base)
    with pytest.raises(ArchiveError):
        unpack(path, os.path.join(base, "ann"), limits)
    with pytest.raises(ArchiveError):
        unpack(path, os.path.join(base, "new"), limits)
    if not prepare:
        with pytest.raises(ArchiveError):
            listing(path, limits)
        with pytest.raises(ArchiveError):
            read_submission(path, limits)
    return tree(base) == before


def unpacked(*members, **options):
    base = place()
    return unpack(archive(base, *members, **options), os.path.join(base, "ann")), tree(os.path.join(base, "ann"))


def test_up_in_the_middle():
    assert refused(("work/../../other/essay.txt", "x")) is True


def test_up_at_the_end():
    assert refused(("work/..", None)) is True


def test_up_within():
    assert refused(("work/../essay.txt", "x")) is True


def test_absolute():
    assert refused(("/tmp/essay.txt", "x")) is True


def test_absolute_after_a_dot():
    assert refused((".//tmp/essay.txt", "x")) is True


def test_backslash():
    assert refused(("work\\essay.txt", "x")) is True


def test_control_character():
    assert refused(("essay\x1b[2J.txt", "x")) is True


def test_long_part():
    assert refused((f"work/{'x' * 101}/a", "x")) is True


def test_link():
    assert refused(("link", tarfile.SYMTYPE, ("linkname", "essay.txt"))) is True


def test_link_and_a_file_through_it():
    assert refused(("link", tarfile.SYMTYPE, ("linkname", "/tmp")), ("link/essay.txt", "x")) is True


def test_hard_link():
    assert refused(("essay.txt", "x"), ("hard", tarfile.LNKTYPE, ("linkname", "essay.txt"))) is True


def test_pipe():
    assert refused(("pipe", tarfile.FIFOTYPE)) is True


def test_device():
    assert refused(("null", tarfile.CHRTYPE, ("devmajor", 1), ("devminor", 3))) is True


def test_twice():
    assert refused(("essay.txt", "x"), ("essay.txt", "y")) is True


def test_twice_with_a_dot_in_front():
    assert refused(("essay.txt", "x"), ("./essay.txt", "y")) is True


def test_twice_in_another_case():
    assert refused(("essay.txt", "x"), ("Essay.TXT", "y")) is True


def test_folders_in_another_case():
    assert refused(("work/a", "x"), ("Work/b", "y")) is True


def test_file_and_folder():
    assert refused(("work", "x"), ("work", None)) is True


def test_file_in_the_place_of_a_folder():
    assert refused(("work/a", "x"), ("work", "x")) is True


def test_too_many_files():
    assert refused(("a", "x"), ("b", "x"), limits=Limits(files=2)) is True


def test_too_many_folders():
    assert refused(("a", None), ("b", None), limits=Limits(files=2)) is True


def test_too_many_bytes():
    assert refused(("a", "x" * 60), ("b", "x" * 60), limits=Limits(size=120)) is True


def test_too_many_bytes_when_packed():
    assert refused(("a", "x" * 100_000), limits=Limits(size=50_000), mode="w:gz") is True


def test_cut_off_in_a_file():
    assert refused(("a", "x" * 2000), cut=2200) is True


def test_cut_off_between_files():
    assert refused(("a", "x"), ("b", "x"), cut=2048) is True


def test_cut_off_when_packed():
    assert refused(("a", os.urandom(3000).hex()), mode="w:gz", cut=2000) is True


def test_no_archive():
    base = place()
    with open(os.path.join(base, "upload.tar"), "w") as file:
        file.write("Hello")
    with pytest.raises(ArchiveError):
        unpack(os.path.join(base, "upload.tar"), os.path.join(base, "new"))


def test_no_archive_to_list():
    base = place()
    with open(os.path.join(base, "upload.tar"), "w") as file:
        file.write("Hello" * 200)
    with pytest.raises(ArchiveError):
        listing(os.path.join(base, "upload.tar"))


def test_link_in_the_target():
    base = place()
    os.mkdir(os.path.join(base, "other"))
    os.symlink(os.path.join(base, "other"), os.path.join(base, "ann/work"))
    with pytest.raises(ArchiveError):
        unpack(archive(base, ("work/essay.txt", "x")), os.path.join(base, "ann"))
    assert os.listdir(os.path.join(base, "other")) == []


def test_link_in_the_place_of_a_file():
    base = place()
    os.symlink(os.path.join(base, "other.txt"), os.path.join(base, "ann/essay.txt"))
    with pytest.raises(ArchiveError):
        unpack(archive(base, ("essay.txt", "x")), os.path.join(base, "ann"))
    assert os.path.exists(os.path.join(base, "other.txt")) is False


def test_folder_in_the_place_of_a_file():
    base = place()
    os.mkdir(os.path.join(base, "ann/essay.txt"))
    with pytest.raises(ArchiveError):
        unpack(archive(base, ("a", "x"), ("essay.txt", "x")), os.path.join(base, "ann"))
    assert tree(os.path.join(base, "ann")) == ["essay.txt"]


def test_what_is_there_stays():
    base = place()
    for name in ("essay.txt", "notes.txt"):
        with open(os.path.join(base, "ann", name), "w") as file:
            file.write("old")
    unpack(archive(base, ("essay.txt", "new")), os.path.join(base, "ann"))
    assert [open(os.path.join(base, "ann", name)).read() for name in ("essay.txt", "notes.txt")] == ["new", "old"]


def test_what_is_there_stays_when_refused():
    base = place()
    with open(os.path.join(base, "ann/essay.txt"), "w") as file:
        file.write("old")
    with pytest.raises(ArchiveError):
        unpack(archive(base, ("essay.txt", "new"), ("../a", "x")), os.path.join(base, "ann"))
    assert open(os.path.join(base, "ann/essay.txt")).read() == "old"


def test_dots_in_names():
    assert unpacked(("..a", "x"), ("b..", "x"), ("...", "x"))[0] == ["...", "..a", "b.."]


def test_dot_in_front():
    assert unpacked((".", None), ("./work/", None), ("./work/essay.txt", "x")) == (["work/essay.txt"], ["work", "work/essay.txt"])


def test_spaces_and_accents():
    assert unpacked(("mémoire à lire.txt", "x"))[0] == ["mémoire à lire.txt"]


def test_empty_folders():
    assert unpacked(("work", None)) == ([], ["work"])


def test_as_many_as_allowed():
    base = place()
    assert unpack(archive(base, ("a", "xx"), ("b", "x")), os.path.join(base, "ann"), Limits(files=2, size=3)) == ["a", "b"]


def test_part_that_is_just_short_enough():
    assert unpacked(("x" * 100, "x"))[0] == ["x" * 100]


def test_rights():
    base = place()
    members = [("run", "x", ("mode", 0o4777)), ("read", "x", ("mode", 0o022)), ("work", None, ("mode", 0o700))]
    unpack(archive(base, *members), os.path.join(base, "ann"))
    assert [oct(os.stat(os.path.join(base, "ann", name)).st_mode)[-4:] for name in ("run", "read", "work")] == ["0755", "0644", "0755"]


def test_packed():
    assert unpacked(("a/b", "x"), mode="w:gz") == (["a/b"], ["a", "a/b"])


def test_listing():
    base = place()
    assert listing(archive(base, ("./b", "xyz"), ("a", None), ("a/c", ""))) == [("a/c", 0), ("b", 3)]


def test_submission():
    base = place()
    submission = read_submission(archive(base, ("./TITLE", "On tides\n"), ("work", None), ("work/essay.txt", "x")))
    assert (submission.title, submission.names) == ("On tides", ["work/essay.txt"])
