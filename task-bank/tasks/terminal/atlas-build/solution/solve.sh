#!/bin/bash
cp /solution/Makefile /app/Makefile
