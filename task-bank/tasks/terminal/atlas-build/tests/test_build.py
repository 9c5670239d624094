import os
import shutil
import subprocess
import tempfile


def checkout(**maps):
    """A fresh copy, as it is before anything was built."""
    root = os.path.join(tempfile.mkdtemp(), "atlas")
    shutil.copytree("/app", root, ignore=shutil.ignore_patterns("out", "build.log"))
    for name, text in maps.items():
        write(root, f"maps/{name}.txt", text)
    for folder, _, names in os.walk(root):
        for name in names:
            os.utime(os.path.join(folder, name))
    age(root)
    return root


def age(root):
    """Makes everything that is there an hour older, so that no clock is too coarse."""
    for folder, _, names in os.walk(root):
        for name in [".", *names]:
            path = os.path.join(folder, name)
            seen = os.stat(path)
            os.utime(path, ns=(seen.st_atime_ns - 3600 * 10**9, seen.st_mtime_ns - 3600 * 10**9))


def write(root, name, text):
    with open(os.path.join(root, name), "w") as file:
        file.write(text)


def make(root, *arguments):
    """Runs make; tells how it ended and what was run, in order."""
    log = os.path.join(root, "build.log")
    if os.path.exists(log):
        os.remove(log)
    code = subprocess.run(["make", "-s", *arguments], cwd=root, capture_output=True, stdin=subprocess.DEVNULL).returncode
    lines = read(root, "build.log").splitlines()
    age(root)
    return [code == 0, *sorted(lines)]


def read(root, name):
    try:
        with open(os.path.join(root, name)) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def links(root):
    return [line.split(">")[1][:-3] for line in read(root, "out/index.html").splitlines()[1:]]


def pages(root):
    return sorted(name for name in os.listdir(os.path.join(root, "out")) if name.endswith(".html"))


def test_first_build():
    assert make(checkout()) == [True, "index", "render islands", "render north", "render south"]


def test_four_at_once():
    root = checkout()
    make(root, "-j4")
    assert [make(root, "-j4"), links(root)] == [[True], ["Islands", "North shore", "South shore"]]


def test_index_by_its_name():
    root = checkout()
    assert make(root, "-j4", "out/index.html") == [True, "index", "render islands", "render north", "render south"]


def test_page_by_its_name():
    root = checkout()
    assert make(root, "out/north.html") == [True, "render north"]


def test_nothing_to_do():
    root = checkout()
    make(root)
    assert make(root) == [True]


def test_a_changed_map():
    root = checkout()
    make(root)
    write(root, "maps/north.txt", "name: Far north\n")
    assert make(root) == [True, "index", "render north"]


def test_a_changed_style():
    root = checkout()
    make(root)
    write(root, "style.cfg", "title = New\nink = red\n")
    assert make(root) == [True, "index", "render islands", "render north", "render south"]


def test_a_changed_renderer():
    root = checkout()
    make(root)
    os.utime(os.path.join(root, "tools/render.awk"))
    assert make(root) == [True, "index", "render islands", "render north", "render south"]


def test_a_changed_indexer():
    root = checkout()
    make(root)
    os.utime(os.path.join(root, "tools/index.awk"))
    assert make(root) == [True, "index"]


def test_a_new_map():
    root = checkout()
    make(root)
    write(root, "maps/east.txt", "name: East shore\n")
    assert make(root) == [True, "index", "render east"]


def test_a_new_map_that_is_old():
    root = checkout()
    make(root)
    write(root, "maps/east.txt", "name: East shore\n")
    os.utime(os.path.join(root, "maps/east.txt"), (0, 0))
    make(root)
    assert links(root) == ["East shore", "Islands", "North shore", "South shore"]


def test_a_removed_map():
    root = checkout()
    make(root)
    os.remove(os.path.join(root, "maps/north.txt"))
    assert make(root) == [True, "index"]


def test_index_of_a_removed_map():
    root = checkout()
    make(root)
    os.remove(os.path.join(root, "maps/north.txt"))
    make(root)
    assert links(root) == ["Islands", "South shore"]


def test_page_of_a_removed_map():
    root = checkout()
    make(root)
    os.remove(os.path.join(root, "maps/north.txt"))
    make(root)
    assert pages(root) == ["index.html", "islands.html", "south.html"]


def test_a_mistake_ends_badly():
    assert make(checkout(north="name: North\nnowhere\n"))[0] is False


def test_a_mistake_leaves_no_page():
    root = checkout(north="name: North\nnowhere\n")
    make(root, "-k")
    assert pages(root) == ["islands.html", "south.html"]


def test_a_mistake_that_is_mended():
    root = checkout(north="nothing\n")
    make(root)
    write(root, "maps/north.txt", "name: North\n")
    make(root)
    assert links(root) == ["Islands", "North", "South shore"]


def test_check():
    root = checkout()
    assert make(root, "check")[0] is True


def test_check_of_a_mistake():
    assert make(checkout(islands="name: Islands\nnowhere\n"), "check")[0] is False


def test_check_names_every_mistake():
    root = checkout(islands="nothing\n", south="name: South\nnowhere\n")
    said = subprocess.run(["make", "-s", "check"], cwd=root, capture_output=True, text=True).stderr
    assert [line.split(":")[0] for line in said.splitlines() if line.startswith("maps/")] == ["maps/islands.txt", "maps/south.txt"]


def test_clean_in_a_fresh_checkout():
    assert make(checkout(), "clean") == [True]


def test_clean_removes_what_was_built():
    root = checkout()
    make(root)
    make(root, "clean")
    assert sorted(os.listdir(root)) == ["Makefile", "README.md", "check", "maps", "style.cfg", "tools"]


def test_clean_and_build():
    root = checkout()
    make(root)
    make(root, "clean")
    assert make(root) == [True, "index", "render islands", "render north", "render south"]
