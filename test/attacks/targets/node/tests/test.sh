#!/bin/bash
cd /app
mkdir -p test /logs/verifier
cp /tests/pricing.test.mjs test/
if node --run test -- test/pricing.test.mjs; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
