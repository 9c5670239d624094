#!/bin/bash
python3 - <<'END'
import os

for depth in range(9000):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
open("x", "w").close()
END
