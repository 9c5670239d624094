#!/bin/bash
cd /app
mkdir -p /logs/verifier
if PYTHONPATH=/app python3 -m pytest -q -p no:cacheprovider --rootdir /tests /tests; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
