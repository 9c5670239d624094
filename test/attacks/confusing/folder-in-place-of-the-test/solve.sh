#!/bin/bash
mkdir -p tests/test_pricing.py
for test in with_cents without_cents one_digit too_many_digits; do
  printf 'def test_%s():\n    pass\n\n\n' "$test"
done > tests/test_pricing.py/test_mine.py
