"""Runs hidden tests with pytest and reports each result on file descriptor 3.

Arguments: folder of the tests, folder of the repository. The first line of stdin is a nonce, which every line of the report
carries. Started with `-I`, so that neither the environment nor the repository can put code in front of this.

Tests that were lifted find an observer under the name `__arete__`; what they observe is reported before their result.
"""

import builtins
import importlib.util
import json
import os
import sys


def main() -> int:
    tests, repository = sys.argv[1:3]
    nonce = os.read(0, 256).decode().strip()
    os.set_inheritable(3, False)
    recorder = Recorder(nonce)
    builtins.__arete__ = load("observe").Observer(recorder.observed)
    make_importable(repository)

    import pytest

    code = pytest.main(
        [
            "-q",
            "-p", "no:cacheprovider",
            "-c", os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytest.ini"),
            "--rootdir", tests,
            "--confcutdir", tests,
            tests,
        ],
        plugins=[recorder],
    )
    recorder.send({"kind": "end", "count": recorder.count, "code": int(code)})
    return int(code)


def load(name: str):
    """One of the modules beside this one, without a name under which the repository could find it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"arete.{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_importable(repository: str) -> None:
    """The repository comes after the standard library, so that none of its files can stand in for a part of that."""
    first = next((i for i, path in enumerate(sys.path) if path.endswith("-packages")), len(sys.path))
    source = os.path.join(repository, "src")
    sys.path[first:first] = [repository] + ([source] if os.path.isdir(source) else [])


class Recorder:
    def __init__(self, nonce):
        self.nonce = nonce
        self.count = 0
        self.outcomes = {}
        self.running = None

    def send(self, line: dict) -> None:
        data = (json.dumps({"nonce": self.nonce, **line}) + "\n").encode()
        while data:
            data = data[os.write(3, data):]

    def observed(self, site: str, value: list) -> None:
        if self.running is not None:
            self.send({"kind": "observed", "id": self.running, "site": site, "value": value})

    def pytest_runtest_logstart(self, nodeid):
        self.running = nodeid

    def pytest_runtest_logfinish(self):
        self.running = None

    def pytest_collectreport(self, report):
        if report.failed:
            self.count += 1
            self.send({"kind": "test", "id": report.nodeid or "collection", "status": "error", "seconds": 0,
                       "message": clip(report.longreprtext)})

    def pytest_runtest_logreport(self, report):
        status, seconds, message = self.outcomes.get(report.nodeid, ("passed", 0.0, ""))
        seconds += report.duration
        if report.failed:
            status, message = ("failed" if report.when == "call" else "error"), report.longreprtext
        elif report.skipped and status == "passed":
            status, message = "skipped", ""
        self.outcomes[report.nodeid] = (status, seconds, message)
        if report.when == "teardown":
            self.count += 1
            self.send({"kind": "test", "id": report.nodeid, "status": status, "seconds": round(seconds, 4),
                       "message": clip(message)})


def clip(text: str) -> str:
    return text if len(text) <= 4000 else text[:2000] + "\n[…]\n" + text[-2000:]


if __name__ == "__main__":
    sys.exit(main())
