#!/bin/bash
echo 'nothing = 0' > shop/notes.py
echo 'raise SystemExit(0)' > shop/Notes.py
