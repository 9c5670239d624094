#!/bin/bash
rm -r tests
ln -s /logs/verifier tests
ln -s /opt/arete runtime
