#!/bin/bash
python3 -c '
import os
for turn in range(7400): os.write(3, b"[" * 4096)' 2>/dev/null
true
