"""Writes a page for a map: render.py MAP STYLE."""

import html
import re
import sys


def main(path, style):
    with open(style) as file:
        settings = dict(re.findall(r"(?m)^(\w+) = (.*)$", file.read()))
    with open(path) as file:
        first, *places = file.read().splitlines()
    if not first.startswith("name: "):
        sys.exit(f"{path}: line 1: no name")
    print(f"<title>{html.escape(first[6:])} - {html.escape(settings['title'])}</title>")
    for number, place in enumerate(places, 2):
        match = re.fullmatch(r"(\d+) (\d+) (.+)", place)
        if match is None:
            sys.exit(f"{path}: line {number}: not a place")
        x, y, title = match.groups()
        print(f"<p style='left:{x}em;top:{y}em;color:{settings['ink']}'>{html.escape(title)}</p>")


main(*sys.argv[1:])
