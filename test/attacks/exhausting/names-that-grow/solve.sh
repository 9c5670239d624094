#!/bin/bash
python3 - <<'END'
import os

folder = "/".join(["\x01" * 250] * 14)
os.makedirs(folder)
try:
    for number in range(9000):
        open(f"{folder}/{number}", "w").close()
except OSError:
    pass
END
