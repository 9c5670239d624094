"""Starts a Python agent as Ridges does: `agent_main(input)` in the given file, a diff or a dict comes back.

Argument 1 is the agent's file. The assignment comes on stdin, events go to file descriptor 3. The exit code is 0
unless the agent raised, returned something that is not a patch, or has no `agent_main`.
"""

import importlib.util
import json
import os
import sys
import traceback


def main() -> int:
    path = sys.argv[1]
    assignment = json.load(sys.stdin)
    sys.path.insert(0, os.path.dirname(path))
    try:
        spec = importlib.util.spec_from_file_location("agent", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules["agent"] = module
        spec.loader.exec_module(module)
        returned = module.agent_main({"problem_statement": assignment["problemStatement"]})
        patch = text_of(returned)
    except BaseException as error:
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return 0
        emit({"kind": "threw", "message": traceback.format_exc()})
        traceback.print_exc()
        return 1
    if patch.strip():
        emit({"kind": "returned", "patch": patch})
    return 0


def text_of(returned) -> str:
    if returned is None:
        return ""
    if isinstance(returned, dict):
        for key in ("patch", "model_patch"):
            if isinstance(returned.get(key), str):
                return returned[key]
    if isinstance(returned, str):
        return returned
    raise TypeError(f"agent_main returned {type(returned).__name__}, not a diff or a dict with 'patch'")


def emit(event: dict) -> None:
    data = (json.dumps(event) + "\n").encode("utf-8", "replace")
    while data:
        data = data[os.write(3, data):]


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that an agent left running must not keep the attempt open.
    os._exit(code)
