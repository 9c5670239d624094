#!/bin/bash
cd /app && python3 /solution/migrate.py
