#!/bin/bash
touch $'shop/\xff\xfe.py' $'shop/\xef\xbf\xbd\xef\xbf\xbd.py'
mkdir $'\xff'
touch $'\xff/x'
