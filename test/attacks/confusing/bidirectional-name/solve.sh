#!/bin/bash
echo 'x = 1' > $'shop/\u202eyp.tsetfnoc\u202c.txt'
echo 'x = 1' > $'shop/pric\u200bing.py'
