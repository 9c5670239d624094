#!/bin/bash
cd /app && python3 /solution/report.py
