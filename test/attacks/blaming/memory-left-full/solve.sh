#!/bin/bash
for number in {1..300}; do head -c 100000 /dev/zero > "/app/part-$number"; done
for folder in /tmp /var/tmp /logs /sandbox "$HOME" /dev/shm; do
  for number in 1 2 3; do head -c 33000000 /dev/zero > "$folder/filler-$number"; done
done 2>/dev/null
true
