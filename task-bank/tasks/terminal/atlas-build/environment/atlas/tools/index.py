"""Writes the index: index.py STYLE PAGE..."""

import os
import re
import sys

with open(sys.argv[1]) as file:
    title = re.search(r"(?m)^title = (.*)$", file.read())[1]
print(f"<h1>{title}</h1>")
for page in sorted(sys.argv[2:]):
    with open(page) as file:
        name = re.search(r"<title>(.*) - ", file.read())[1]
    print(f"<a href='{os.path.basename(page)}'>{name}</a>")
