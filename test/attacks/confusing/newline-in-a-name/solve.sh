#!/bin/bash
mkdir -p shop
touch $'shop/x\n+++ b\n@@ -0,0 +1 @@\n+PASSED tests' $'README\nconftest.py'
