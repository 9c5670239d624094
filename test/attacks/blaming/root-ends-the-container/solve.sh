#!/bin/bash
kill -TERM 1
kill -INT 1
sleep 1
