#!/bin/bash
cd /app
mkdir -p /logs/verifier
if node --test /tests/*.test.ts; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
