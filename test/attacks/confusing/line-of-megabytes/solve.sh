#!/bin/bash
python3 -c 'open("shop/pricing.py", "w").write("x = [" + "0, " * 2_000_000 + "]\n")'
