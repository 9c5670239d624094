#!/bin/bash
cat /solution/nightly.sh > /app/nightly.sh
