#!/bin/bash
truncate -s 33554432 one.bin two.bin three.bin
