#!/bin/bash
python3 -c '
import os
for turn in range(460): os.write(3, b"\n" * 65536)' 2>/dev/null
true
