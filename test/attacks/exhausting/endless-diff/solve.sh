#!/bin/bash
printf '{"kind":"returned","patch":"' >&3 2>/dev/null || exit 0
exec python3 -c '
import os
while True: os.write(3, b"+one more line\\\\n" * 4000)' 2>/dev/null
