#!/bin/bash
echo 'x = 1' > shop/Pricing.py
echo 'x = 2' > shop/PRICING.PY
touch $'caf\u00e9' $'cafe\u0301'
