import gzip
from datetime import datetime, timedelta

START = datetime(2024, 5, 11, 8)
seed = 20240511


def draw(below):
    global seed
    seed = (seed * 1103515245 + 12345) % 2**31
    return (seed >> 8) % below


CARDS = [f"{'ABC'[n % 3]}{1000 + 37 * n}" for n in range(40)]
REASONS = ["expired", "unknown", "blocked"]
SKEW = {2: (70, 130, timedelta(minutes=-7)), 3: (40, 95, timedelta(minutes=3, seconds=20))}

events = {1: [], 2: [], 3: []}
now = START
for step in range(520):
    now += timedelta(seconds=3 + draw(50))
    if step == 300:
        now += timedelta(minutes=9)
    gate = 1 + draw(3)
    if gate == 2 and 320 < step < 360:
        gate = 1
    card = CARDS[draw(len(CARDS))]
    kind = ["IN", "OUT", "IN", "OUT", "NO"][draw(5)]
    text = f"{kind} card={card}" + (f" reason={REASONS[draw(3)]}" if kind == "NO" else "")
    events[gate].append((now, text))

for gate, entries in events.items():
    shift = SKEW.get(gate)
    lines = []
    number = 0
    for at, (when, text) in enumerate(entries):
        if at == 20:
            number += 1
            lines.append(f"{when.isoformat()} #{number} BOOT")
        off = timedelta(0)
        if shift and shift[0] <= at < shift[1]:
            off = shift[2]
            if at == shift[0]:
                number += 1
                lines.append(f"{(when + off).isoformat()} #{number} BOOT")
        elif shift and at == shift[1]:
            number += 1
            lines.append(f"{(when + shift[2]).isoformat()} #{number} CLOCK {when.isoformat()}")
        number += 1
        line = f"{(when + off).isoformat()} #{number} {text}"
        if draw(23) == 0:
            lines.append(line[: 20 + draw(len(line) - 20)])
        lines.append(line)
        if draw(17) == 0:
            lines.append(line)
    thirds = [lines[: len(lines) // 3], lines[len(lines) // 3 : 2 * len(lines) // 3], lines[2 * len(lines) // 3 :]]
    thirds[1].insert(0, thirds[0][-1])
    old, middle, new = ["\n".join(part) + "\n" for part in thirds]
    with gzip.GzipFile(f"/app/logs/gate-{gate}.log.2.gz", "wb", mtime=0) as file:
        file.write(old.encode())
    open(f"/app/logs/gate-{gate}.log.1", "w").write(middle)
    open(f"/app/logs/gate-{gate}.log", "w").write(new)
