#!/bin/bash
cd /app
mkdir -p tests /logs/verifier
cp /tests/test_pricing.py tests/
if python3 -m unittest -v tests.test_pricing; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
