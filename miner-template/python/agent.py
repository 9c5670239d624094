"""A complete agent to start from, on the standard library only.

With a model (ARETE_GATEWAY_URL) it plans, looks around, edits, runs the tests, and checks its change against the issue
before it ends, all within its budget. The diff is returned and the tree is put back as it was, as Ridges wants it.
Without a model it only explores, says so, and returns an empty string.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

MAX_STEPS = 80
MAX_CONVERSATION = 240_000
MAX_OUTPUT_BYTES = 12_000
MAX_LINES = 400
COMMAND_SECONDS = 120
# Kept back for taking the diff and putting the tree back.
LAST_SECONDS = 15
# Share of money and time below which the model is told to come to an end.
LAST_SHARE = 0.15
RETRIED = (408, 429, 500, 502, 503, 504)


def agent_main(input: dict) -> str:
    seconds = float(os.environ.get("AGENT_TIMEOUT") or 600) - LAST_SECONDS
    statement = input["problem_statement"]
    if not os.environ.get("ARETE_GATEWAY_URL"):
        explore(statement)
        log("This run offers no model: the repository was explored, nothing was changed or returned")
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        environment = open_snapshots(scratch)
        before = snapshot(environment)
        # A model that fails must not cost the agent the edits it has made.
        try:
            log("Ended: " + Agent(seconds).work(statement))
        except (OSError, ValueError) as error:
            log(f"Ended early: {error}")
        return take_patch(environment, before)


class Agent:
    """A conversation with the model, and the hands that it works with."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.limit = self.usd_left = float(os.environ.get("RIDGES_MAX_COST_USD") or 0)
        self.messages = [{"role": "system", "content": SYSTEM}]

    def work(self, statement: str) -> str:
        """Returns why it ended; raises OSError or ValueError if the model cannot be asked."""
        files = run("git ls-files | head -200", 20)
        self.say(TASK.format(workdir=os.getcwd(), files=files, statement=statement))
        self.ask("none")
        self.say("Good. Now carry it out.")
        checked = hurried = False
        for step in range(1, MAX_STEPS + 1):
            if self.left() <= 0:
                return "time is up"
            if not hurried and self.is_nearly_spent():
                hurried = True
                self.say(HURRY)
            calls = self.ask("auto")
            for call in calls:
                result = self.use(call["function"]["name"], call["function"]["arguments"])
                log(f"Step {step}: {call['function']['name']} {call['function']['arguments'][:500]}\n{result[-1000:]}")
                self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
            if any(call["function"]["name"] == "done" for call in calls):
                if checked or hurried:
                    return f"done after {step} steps"
                checked = True
                diff = run("git add -AN . 2>/dev/null; git diff", 20)
                self.say(REFLECT.format(diff=diff))
            elif not calls:
                self.say('You called no tool. Go on with one, or call "done" if the work is done.')
            self.forget()
        return f"{MAX_STEPS} steps are used up"

    def say(self, content: str) -> None:
        self.messages.append({"role": "user", "content": content})

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def is_nearly_spent(self) -> bool:
        return self.left() < LAST_SHARE * self.seconds or self.usd_left < LAST_SHARE * self.limit

    def ask(self, tool_choice: str) -> list[dict]:
        """Adds the model's answer to the conversation and returns the tools that it calls."""
        body = {"messages": self.messages, "tools": TOOLS, "tool_choice": tool_choice}
        answer = post("/v1/chat/completions", body, self.deadline)
        try:
            message = answer["choices"][0]["message"]
            self.usd_left -= float((answer.get("usage") or {}).get("cost") or 0)
            calls = message.get("tool_calls") or []
            said = message.get("content") or ("" if calls else "(nothing)")
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"The gateway sent no chat completion: {str(answer)[:200]}") from error
        self.messages.append({"role": "assistant", "content": said, **({"tool_calls": calls} if calls else {})})
        return calls

    def use(self, name: str, arguments: str) -> str:
        """What the model reads of a call; never raises."""
        hands = {"search": search, "read": read, "edit": edit, "write": write, "tests": run_tests}
        try:
            given = json.loads(arguments or "{}")
            if name == "done":
                return "Noted"
            if name == "run":
                seconds = float(given.get("seconds") or COMMAND_SECONDS)
                return run(given["command"], min(seconds, self.left()))
            if name in hands:
                return clip(hands[name](**given))
            return f'There is no tool "{name}", but {", ".join([*hands, "run", "done"])}'
        except Exception as error:
            return f"Failed: {type(error).__name__}: {error}"

    def forget(self) -> None:
        """Leaves out the oldest results of a long conversation, many at once, so that its beginning stays cached."""
        length = sum(len(message["content"]) for message in self.messages)
        if length <= MAX_CONVERSATION:
            return
        for message in self.messages[:-8]:
            if length > MAX_CONVERSATION / 2 and message["role"] == "tool" and len(message["content"]) > len(FORGOTTEN):
                length -= len(message["content"]) - len(FORGOTTEN)
                message["content"] = FORGOTTEN


def search(pattern: str, path: str = ".") -> str:
    grep = "grep -rnIE --exclude-dir=.git --exclude-dir=node_modules -e"
    return run(f"{grep} {shlex.quote(pattern)} {shlex.quote(path)} | cut -c1-300 | head -100", 60)


def read(path: str, **lines: int) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        content = file.read().split("\n")
    first = max(1, int(lines.get("from", 1)))
    last = min(len(content), int(lines.get("to", first + MAX_LINES - 1)), first + MAX_LINES - 1)
    shown = [f"{number}\t{content[number - 1]}" for number in range(first, last + 1)]
    return "\n".join(shown + ([f"({len(content) - last} more lines)"] if last < len(content) else []))


def edit(path: str, old: str, new: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        content = file.read()
    count = content.count(old) if old else 0
    if count != 1:
        return f"Not edited: the text stands {count} times in the file, not once"
    return write(path, content.replace(old, new)) and "Edited"


def write(path: str, content: str) -> str:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(content)
    return "Written"


def run_tests(command: str = "") -> str:
    files = run("git ls-files || find . -type f", 20)
    usual = command or next((line for mark, line in TESTS if re.search(mark, files, re.MULTILINE)), "")
    return run(COPY + usual, 300) if usual else "There are no tests of a known kind: say a command"


def clip(text: str) -> str:
    half = MAX_OUTPUT_BYTES // 2
    left = len(text) - 2 * half
    return text if left <= 0 else f"{text[:half]}\n[... {left} characters left out ...]\n{text[-half:]}"


def post(path: str, body: dict, deadline: float) -> dict:
    """The gateway's answer; raises OSError or ValueError with a reason."""
    if os.environ.get("ARETE_MODEL"):
        body = {"model": os.environ["ARETE_MODEL"], **body}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("ARETE_GATEWAY_TOKEN", "")}
    url = os.environ["ARETE_GATEWAY_URL"].rstrip("/") + path
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    # The gateway is the only way out; a proxy named in the image's environment would lead nowhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for attempt in (1, 2, 3):
        try:
            with opener.open(request, timeout=max(1, deadline - time.monotonic())) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            reason = f"Cannot ask the model: gateway answered {error.code} ({error.read(300).decode(errors='replace')})"
            wait = error.headers.get("Retry-After", "")
            if error.code not in RETRIED:
                raise OSError(reason) from error
        except (OSError, http.client.HTTPException) as error:
            reason = f"Cannot ask the model: the gateway is out of reach ({error})"
            wait = ""
        seconds = int(wait) if wait.isdigit() else attempt**2
        if attempt == 3 or time.monotonic() + seconds >= deadline:
            break
        time.sleep(seconds)
    raise OSError(reason)


def run(command: str, seconds: float) -> str:
    """Runs a command in a process group of its own and tells how it ended and what it printed."""
    process = subprocess.Popen(
        [shutil.which("bash") or "/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    kept = {"head": b"", "tail": b"", "dropped": 0}
    reader = threading.Thread(target=keep, args=(process.stdout, kept), daemon=True)
    reader.start()
    killed = ""
    try:
        process.wait(max(1, seconds))
    except subprocess.TimeoutExpired:
        killed = " (killed: it ran too long)"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # A background process may hold the pipe open for ever, although the command itself has ended.
    reader.join(0.2)
    gap = b"\n[... %d bytes left out ...]\n" % kept["dropped"] if kept["dropped"] else b""
    output = (kept["head"] + gap + kept["tail"]).decode(errors="replace").rstrip()
    return f"exit code: {process.returncode}{killed}\n{output or 'no output'}"


def keep(stream, kept: dict) -> None:
    half = MAX_OUTPUT_BYTES // 2
    for chunk in iter(lambda: stream.read1(65536), b""):
        room = half - len(kept["head"])
        kept["head"] += chunk[:room]
        tail = kept["tail"] + chunk[room:]
        kept["dropped"] += max(0, len(tail) - half)
        kept["tail"] = tail[-half:]


def open_snapshots(scratch: str) -> dict | None:
    """An environment in which git writes to `scratch`: neither index nor repository is touched. None without git."""
    index = git(None, "rev-parse", "--git-path", "index")
    objects = git(None, "rev-parse", "--git-path", "objects")
    if not index or not objects:
        return None
    environment = dict(
        os.environ,
        GIT_INDEX_FILE=os.path.join(scratch, "index"),
        GIT_OBJECT_DIRECTORY=scratch,
        GIT_ALTERNATE_OBJECT_DIRECTORIES=os.path.abspath(os.fsdecode(objects.strip())),
    )
    source = os.fsdecode(index.strip())
    if os.path.exists(source):
        shutil.copyfile(source, environment["GIT_INDEX_FILE"])
    return environment


def snapshot(environment: dict | None) -> str | None:
    """The id of the tree as it is now, without ignored files."""
    if environment is None or git(environment, "add", "--all") is None:
        return None
    tree = git(environment, "write-tree")
    return tree.decode().strip() if tree else None


def take_patch(environment: dict | None, before: str | None) -> str:
    """Returns what changed and puts the tree back; if that cannot be done, the edits stay and count instead."""
    after = snapshot(environment) if before else None
    if not after or after == before:
        return ""
    diff = git(environment, "diff-tree", "-r", "-p", "--binary", "--full-index", before, after)
    try:
        patch = (diff or b"").decode()
    except UnicodeDecodeError:
        return ""
    if not patch or git(environment, "apply", "-R", "--whitespace=nowarn", "-", stdin=diff) is None:
        return ""
    return patch


def git(environment: dict | None, *arguments: str, stdin: bytes = b"") -> bytes | None:
    command = ["git", "-c", "safe.directory=*", *arguments]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, env=environment, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        log(f"git {arguments[0]} failed: {getattr(error, 'stderr', None) or error}")
        return None


def explore(statement: str) -> None:
    files = run("git ls-files || find . -type f -not -path './.git/*'", COMMAND_SECONDS)
    log("Files of the repository: " + files[:4000])
    command = next((command for mark, command in TESTS if re.search(mark, files, re.MULTILINE)), None)
    if command:
        log(f"Visible tests ({command}): " + run(COPY + command, 60)[-4000:])
    else:
        log("No visible tests found")
    for name in find_identifiers(statement):
        log(f"Places of {name}: " + run(f"grep -rnIFw --exclude-dir=.git -e '{name}' . | head -8", 10)[:2000])


def find_identifiers(statement: str) -> list[str]:
    """Names that look like code: in backticks, or with an underscore, a dot or a capital inside."""
    name = r"[A-Za-z_$][\w$]*(?:\.[\w$]+)*"
    quoted = [found for code in re.findall(r"`([^`\n]+)`", statement) for found in re.findall(name, code, re.ASCII)]
    plain = [found for found in re.findall(name, statement, re.ASCII) if re.search(r"[a-z0-9][A-Z]|\w[_.]\w", found)]
    return [found for found in dict.fromkeys(quoted + plain) if len(found) > 3][:12]


def log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


TESTS = [
    (r"^package\.json$", "if command -v npm >/dev/null; then npm test; else node --run test; fi"),
    (
        r"(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$",
        'if python3 -c "import pytest" 2>/dev/null; then python3 -m pytest -q; else python3 -m unittest discover; fi',
    ),
    (r"^go\.mod$", "go test ./..."),
    (r"^Cargo\.toml$", "cargo test --offline"),
    (r"^Makefile$", "make test"),
]

# Whatever a test run leaves behind in the tree would become part of the patch.
COPY = "copy=$(mktemp -d) && trap 'rm -rf \"$copy\"' EXIT && cp -a . \"$copy\" && cd \"$copy\" && "

FORGOTTEN = "[This result was left out to save space. Call the tool again if you need it.]"


def describe(name: str, description: str, required: tuple = (), **properties: str) -> dict:
    typed = {
        key: {"type": "integer" if key in ("from", "to", "seconds") else "string", "description": text}
        for key, text in properties.items()
    }
    parameters = {"type": "object", "properties": typed, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [
    describe(
        "search",
        "Search the files of the repository for an extended regular expression.",
        ("pattern",),
        pattern="what to look for",
        path="folder or file to look in; everything if left out",
    ),
    describe(
        "read",
        "Read lines of a file, each with its number.",
        ("path",),
        **{"path": "the file", "from": "first line; 1 if left out", "to": f"last line; at most {MAX_LINES} at once"},
    ),
    describe(
        "edit",
        "Replace a text that stands exactly once in a file.",
        ("path", "old", "new"),
        path="the file",
        old="the text as it is there, with its white space, and enough around it to be unique",
        new="what shall be there instead",
    ),
    describe("write", "Write a whole file.", ("path", "content"), path="the file", content="all of it"),
    describe(
        "run",
        "Run a shell command in the repository. Each starts in a new shell.",
        ("command",),
        command="the command",
        seconds="when it is killed; 120 if left out",
    ),
    describe("tests", "Run the visible tests in a copy.", command="how, if not in the usual way of such a repository"),
    describe("done", "Say that the work is done.", summary="what was changed, and why"),
]

SYSTEM = """You are a software engineer who resolves one issue in a repository with the tools that you have.

- Look before you change: search for what the issue names, read what surrounds it, and see the failure with your own
  eyes, with the tests or a small script.
- Correct the cause rather than the example. Tests that you cannot see check the behaviour that the issue asks for, its
  neighbouring cases, and that nothing else broke.
- Keep the change small and in the style of the code around it. Do not touch tests that are there unless the issue asks.
- Delete what you only made for trying out, and do not commit: the tree as you leave it is the result.
- You may call several tools at once if none needs the result of another. There is no network.

When the work is done, call "done"."""

TASK = """The repository is in {workdir}. Its files, as far as they fit:

{files}

This is the issue:

{statement}

First plan, in at most ten lines and without calling a tool: where do you expect the cause, how will you see the
failure, what will you change, and what could break?"""

REFLECT = """This is your change:

{diff}

Check it against the issue, sentence by sentence. Does it do what each asks for, also at the edges: empty, one, many, the
limits themselves? Is the same mistake elsewhere? Did the tests pass after your last edit? Is anything left over? If
something is missing, go on; otherwise call "done" again."""

HURRY = 'Money or time is nearly spent: finish the edit you are at, leave nothing half done, and call "done".'
