import collections
import gzip
import json
import re
from datetime import datetime

ENTRY = re.compile(
    r"(\S{19}) #(\d+) (?:(BOOT)|(CLOCK) (\S{19})|(IN|OUT) card=([A-Z]\d{4})|(NO) card=[A-Z]\d{4} reason=(expired|unknown|blocked))"
)


def read_gate(gate):
    texts = [gzip.open(f"logs/gate-{gate}.log.2.gz", "rt").read(), open(f"logs/gate-{gate}.log.1").read(), open(f"logs/gate-{gate}.log").read()]
    found = {}
    for line in "".join(texts).splitlines():
        if match := ENTRY.fullmatch(line):
            found.setdefault(int(match[2]), match)
    entries = []
    booted = None
    for _, match in sorted(found.items()):
        entry = {"gate": gate, "time": datetime.fromisoformat(match[1]), "kind": match[3] or match[4] or match[6] or match[8]}
        entry |= {"card": match[7], "reason": match[9]}
        if match[3]:
            booted = len(entries)
        entries.append(entry)
        if match[4] and booted is not None:
            off = datetime.fromisoformat(match[5]) - entry["time"]
            for one in entries[booted:]:
                one["time"] += off
            booted = None
    return entries


gates = {gate: read_gate(gate) for gate in (1, 2, 3)}
everything = sorted((entry for entries in gates.values() for entry in entries), key=lambda entry: entry["time"])
last = {}
passed_back = []
for entry in everything:
    if entry["kind"] not in ("IN", "OUT"):
        continue
    before = last.get(entry["card"])
    if before and before["kind"] == entry["kind"] == "IN" and before["gate"] != entry["gate"]:
        seconds = int((entry["time"] - before["time"]).total_seconds())
        if seconds < 300:
            passed_back.append({"card": entry["card"], "first": before["gate"], "second": entry["gate"], "seconds": seconds})
    last[entry["card"]] = entry
silences = [
    (after["time"] - before["time"], gate, before["time"], after["time"])
    for gate, entries in gates.items()
    for before, after in zip(entries, entries[1:])
]
_, gate, start, end = max(silences)
report = {
    "lines": len(everything),
    "admitted": {str(gate): sum(entry["kind"] == "IN" for entry in entries) for gate, entries in gates.items()},
    "refused": dict(collections.Counter(entry["reason"] for entry in everything if entry["reason"])),
    "passed_back": passed_back,
    "inside": sorted(card for card, entry in last.items() if entry["kind"] == "IN"),
    "longest_silence": {"gate": gate, "from": start.isoformat(), "to": end.isoformat()},
}
json.dump(report, open("report.json", "w"), indent=2)
