"""Runs hidden tests with pytest and reports on file descriptor 3 what each file's process had to say.

Arguments: folder of the tests, folder of the repository, whose configuration counts (`none` or `repository`), then the test
files, relative to the first. Started with `-I`, so that neither the environment nor the repository can put code in front of this.

pytest is loaded once; each file then has a forked process of its own. Only this process, which never runs code under test and
lets nobody look into it, holds the descriptor and sees how the others end. For each file it writes a JSON line with `file`, how
the process ended (`code` or `signal`) and `bytes`, followed by so many bytes as that process sent: lines of JSON again.

Tests that were lifted find an observer under the name `__arete__`; what they observe is reported before their result.
"""

import builtins
import ctypes
import importlib
import importlib.util
import inspect
import json
import os
import select
import signal
import sys

RESULTS = 3
MAX_BYTES = 32 * 2**20
CHUNK = 2**16
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> int:
    tests, repository, config, *files = sys.argv[1:]
    os.set_inheritable(RESULTS, False)
    keep_closed(True)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    load_pytest()
    suite = Suite(tests, repository, own_config=config == "none")
    ended = catch_ends()
    for file in files:
        run(suite, file, ended)
    return 0


def keep_closed(closed: bool) -> None:
    """Whether processes of the same user are kept from reading this one's memory and from opening its descriptors."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(not closed), 0, 0, 0)


def load_pytest() -> None:
    """Everything of pytest that the process of each file starts with."""
    importlib.import_module("pytest")
    config = importlib.import_module("_pytest.config")
    for module in [*(f"_pytest.{name}" for name in getattr(config, "default_plugins", ())), "faulthandler", "pdb"]:
        importlib.import_module(module)
    # Looks once at every module's file; else the first failure of each process would.
    inspect.getmodule(compile("", "nowhere", "exec"))


class Suite:
    """What all files have in common, made ready as far as that needs none of their code."""

    def __init__(self, tests: str, repository: str, own_config: bool):
        self.tests = tests
        self.repository = repository
        self.recorder = Recorder()
        builtins.__arete__ = load("observe").Observer(self.recorder.observed)
        self.options = ["-q", "-p", "no:cacheprovider", "--rootdir", tests, "--confcutdir", tests]
        if own_config:
            self.options += ["-c", os.path.join(HERE, "pytest.ini")]
        elif importlib.util.find_spec("xdist"):
            # Results come from this process, not from workers of its own.
            self.options += ["-n0"]
        prepare = getattr(sys.modules["_pytest.config"], "_prepareconfig", None)
        # A conftest.py or a plugin is loaded with the options, and may load code under test.
        can_prepare = (prepare is not None and own_config
                       and not any("conftest.py" in names for _, _, names in os.walk(tests)))
        self.config = prepare([*self.options, HERE], [self.recorder]) if can_prepare else None

    def test(self, writing: int, file: str) -> int:
        """What the process of one file does: from here on code under test runs."""
        self.recorder.writing = writing
        make_importable(self.repository)
        code = self.collect_and_run(os.path.join(self.tests, file))
        self.recorder.say({"kind": "end", "count": self.recorder.count, "code": code})
        sys.stdout.flush()
        sys.stderr.flush()
        return code

    def collect_and_run(self, path: str) -> int:
        if self.config is None:
            return int(sys.modules["pytest"].main([*self.options, path], plugins=[self.recorder]))
        self.config.args = [path]
        try:
            return int(self.config.hook.pytest_cmdline_main(config=self.config))
        finally:
            self.config._ensure_unconfigure()


def catch_ends() -> int:
    """A descriptor that can be read whenever a process of ours has ended."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reading


def run(suite: Suite, file: str, ended: int) -> None:
    """One file in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(RESULTS)
        os.close(reading)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_closed(False)
        os._exit(suite.test(writing, file))
    os.close(writing)
    said, status = read_until_end(reading, child, ended)
    os.close(reading)
    end_processes()
    how = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"code": os.WEXITSTATUS(status)}
    send(RESULTS, json.dumps({"file": file, **how, "bytes": len(said)}).encode() + b"\n" + said)


def read_until_end(reading: int, child: int, ended: int):
    """What the process sent and how it ended. What it has left behind may hold the pipe open, but is not waited for."""
    said = bytearray()
    os.set_blocking(reading, False)
    done = status = 0
    while True:
        if not done:
            done, status = os.waitpid(child, os.WNOHANG)
        chunk = read(reading)
        if chunk:
            said += chunk[: MAX_BYTES - len(said)]
        elif done:
            return bytes(said), status
        else:
            select.select([ended] if chunk == b"" else [ended, reading], [], [])
            read(ended)


def read(descriptor: int):
    """None if there is nothing yet, b"" at the end."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None


def end_processes() -> None:
    """Whatever the process has left behind. For root "all" would be more than what is ours: there orphans come to us."""
    if os.getuid() != 0:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return
    while orphans := [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent_of(pid) == os.getpid()]:
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def parent_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def load(name: str):
    """One of the modules beside this one, without a name under which the repository could find it."""
    spec = importlib.util.spec_from_file_location(f"arete.{name}", os.path.join(HERE, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_importable(repository: str) -> None:
    """The repository comes after the standard library, so that none of its files can stand in for a part of that."""
    first = next((i for i, path in enumerate(sys.path) if path.endswith("-packages")), len(sys.path))
    source = os.path.join(repository, "src")
    named = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(path)]
    sys.path[first:first] = [repository, *([source] if os.path.isdir(source) else []), *named]


class Recorder:
    def __init__(self):
        self.writing = -1
        self.count = 0
        self.outcomes = {}
        self.running = None

    def say(self, line: dict) -> None:
        send(self.writing, (json.dumps(line) + "\n").encode())

    def observed(self, site: str, value: list) -> None:
        if self.running is not None:
            self.say({"kind": "observed", "id": self.running, "site": site, "value": value})

    def pytest_runtest_logstart(self, nodeid):
        self.running = nodeid

    def pytest_runtest_logfinish(self):
        self.running = None

    def pytest_collectreport(self, report):
        if report.failed:
            self.count += 1
            self.say({"kind": "test", "id": report.nodeid or "collection", "status": "error", "seconds": 0,
                      "message": clip(report.longreprtext)})

    def pytest_runtest_logreport(self, report):
        status, seconds, message = self.outcomes.get(report.nodeid, ("passed", 0.0, ""))
        seconds += report.duration
        if report.failed:
            status, message = ("failed" if report.when == "call" else "error"), report.longreprtext
        elif report.skipped and status == "passed":
            status, message = ("xfailed" if hasattr(report, "wasxfail") else "skipped"), ""
        self.outcomes[report.nodeid] = (status, seconds, message)
        if report.when == "teardown":
            self.count += 1
            self.say({"kind": "test", "id": report.nodeid, "status": status, "seconds": round(seconds, 4),
                      "message": clip(message)})


def send(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data):]


def clip(text: str) -> str:
    return text if len(text) <= 4000 else text[:2000] + "\n[…]\n" + text[-2000:]


if __name__ == "__main__":
    sys.exit(main())
