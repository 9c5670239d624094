#!/bin/bash
awk -F. '{ cents = $2 "00"; print $1 * 100 + substr(cents, 1, 2) }' /app/prices.csv > /app/cents.txt
