"""A complete agent to start from, on the standard library only.

With a model (ARETE_GATEWAY_URL) it works in a loop: the model says one shell command, reads what it printed, and so
on until it is done. The diff is returned and the tree is put back as it was, as Ridges wants it. Without a model it
only explores, says so, and returns an empty string.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

MAX_STEPS = 100
MAX_CONVERSATION = 300_000
MAX_OUTPUT_BYTES = 16_000
COMMAND_SECONDS = 120
# Kept back for taking the diff and putting the tree back.
LAST_SECONDS = 15
RETRIED = (408, 429, 500, 502, 503, 504)


def agent_main(input: dict) -> str:
    deadline = time.monotonic() + float(os.environ.get("AGENT_TIMEOUT") or 600) - LAST_SECONDS
    statement = input["problem_statement"]
    if not os.environ.get("ARETE_GATEWAY_URL"):
        explore(statement)
        log("This run offers no model: the repository was explored, nothing was changed or returned")
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        environment = open_snapshots(scratch)
        before = snapshot(environment)
        log("Loop ended: " + run_loop(statement, deadline))
        return take_patch(environment, before)


def run_loop(statement: str, deadline: float) -> str:
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"The repository is in {os.getcwd()}. This is the issue:\n\n{statement}"},
    ]
    for step in range(1, MAX_STEPS + 1):
        if time.monotonic() >= deadline:
            return "time is up"
        # A model that fails must not cost the agent the edits it has made.
        try:
            answer = chat(messages, deadline)
        except (OSError, ValueError) as error:
            return str(error)
        command, problem = parse_action(answer)
        if command == "echo ARETE_DONE":
            return "done"
        reply = problem or run(command, min(COMMAND_SECONDS, deadline - time.monotonic()))
        log(f"Step {step}: {command}\n{reply[-1000:]}")
        messages += [
            {"role": "assistant", "content": answer.strip() or "(nothing)"},
            {"role": "user", "content": reply},
        ]
        forget_outputs(messages)
    return f"{MAX_STEPS} steps are used up"


def chat(messages: list[dict], deadline: float) -> str:
    """The text of the model's answer; raises OSError or ValueError with a reason."""
    body = {"messages": messages}
    if os.environ.get("ARETE_MODEL"):
        body["model"] = os.environ["ARETE_MODEL"]
    headers = {"Content-Type": "application/json"}
    if os.environ.get("ARETE_GATEWAY_TOKEN"):
        headers["Authorization"] = "Bearer " + os.environ["ARETE_GATEWAY_TOKEN"]
    request = urllib.request.Request(
        os.environ["ARETE_GATEWAY_URL"].rstrip("/") + "/v1/chat/completions", json.dumps(body).encode(), headers
    )
    # The gateway is the only way out; a proxy named in the image's environment would lead nowhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for attempt in (1, 2, 3):
        try:
            with opener.open(request, timeout=max(1, deadline - time.monotonic())) as response:
                return parse_completion(response.read())
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


def parse_completion(body: bytes) -> str:
    try:
        return json.loads(body)["choices"][0]["message"].get("content") or ""
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"Cannot ask the model: the gateway sent no chat completion: {body[:200]!r}") from error


def parse_action(answer: str) -> tuple[str, str]:
    """The one command of an answer, or an empty string and what to tell the model."""
    commands, fence, language, lines = [], "", "", []
    # Some models send their thinking along, with commands that they only consider.
    for line in re.sub(r"<think>.*?</think>", "", answer, flags=re.DOTALL).splitlines():
        mark = re.fullmatch(r" {0,3}(`{3,})([^`]*)", line)
        if not fence:
            if mark:
                fence, language, lines = mark[1], mark[2].strip(), []
        elif mark and len(mark[1]) >= len(fence) and not mark[2].strip():
            command = "\n".join(lines).strip()
            if command and language in ("bash", "sh", "shell"):
                commands.append(command)
            fence = ""
        else:
            lines.append(line)
    if not fence and len(commands) == 1:
        if re.fullmatch(r"echo [\"']?ARETE_DONE[\"']?", commands[0]):
            return "echo ARETE_DONE", ""
        if not re.search(r"^(.*&& *)?echo [\"']?ARETE_DONE[\"']?$", commands[0], flags=re.MULTILINE):
            return commands[0], ""
        return "", "`echo ARETE_DONE` must be the only command in its block, so nothing was run."
    found = "a block that is not closed" if fence else f"{len(commands)} commands"
    return "", f"Your answer has {found}, so nothing was run. Answer with exactly one ```bash block."


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


def forget_outputs(messages: list[dict]) -> None:
    """Leaves out the oldest outputs of a long conversation, many at once, so that its beginning stays cached."""
    length = sum(len(message["content"]) for message in messages)
    if length <= MAX_CONVERSATION:
        return
    for message in messages[2:-1]:
        if length > MAX_CONVERSATION / 2 and message["role"] == "user" and len(message["content"]) > len(FORGOTTEN):
            length -= len(message["content"]) - len(FORGOTTEN)
            message["content"] = FORGOTTEN


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
        # Whatever a test run leaves behind in the tree would become part of the patch.
        copy = "copy=$(mktemp -d) && trap 'rm -rf \"$copy\"' EXIT && cp -a . \"$copy\" && cd \"$copy\" && "
        log(f"Visible tests ({command}): " + run(copy + command, 60)[-4000:])
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

FORGOTTEN = "[This output was left out to save space. Run the command again if you need it.]"

SYSTEM = """You are a software engineer who resolves one issue in a repository, working through a shell.

Each of your answers is a short thought followed by exactly one command, like this:

The parser drops the last line, so I look at where it splits.

```bash
grep -rn 'split(' src | head -20
```

You then get the exit code and the output of that command, and give the next one.

- Every command starts in a new shell in the repository: `cd` and variables do not last, files do.
- A block may hold several lines. If the command itself has a line of three backticks, open and close the block with
  four.
- Nobody answers prompts, there is no editor and no network. Long output loses its middle: search and print the lines
  you need instead of whole files.
- Write files with a quoted here-document or a small script; change only the lines that need it.

How to go about it:

1. Find the code that the issue is about and read what surrounds it.
2. See the failure with your own eyes: a small script or one of the tests.
3. Correct the cause rather than the example, and think of the neighbouring cases. Tests that you cannot see will check
   the behaviour that the issue asks for, and that nothing else broke.
4. Run your script again and the tests that touch what you changed.
5. Delete the files that you only made for trying out. Do not commit: the tree as you leave it is the result.

When all of that is done, answer with this command and nothing else in its block:

```bash
echo ARETE_DONE
```
"""
