#!/bin/bash
rm -rf /app/* /app/.git 2>/dev/null
mkdir -p /app/a/b
echo x > /app/a/b/c
chmod 000 /app/a/b/c /app/a/b /app/a /app "$HOME" /logs /logs/* 2>/dev/null
true
