#!/bin/bash
cd /app
mkdir -p tests /logs/verifier
cp /tests/test_pricing.py tests/
if python3 -m pytest -rA tests/test_pricing.py; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
