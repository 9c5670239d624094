#!/bin/bash
set -e
cd /app/handbook
correction=$(git rev-parse main)
lost() {
  git fsck --no-reflogs 2>/dev/null | awk '/^dangling commit/ {print $3}' |
    git log --no-walk --stdin --format='%H %s' | awk -v wanted="$1" 'index(substr($0, 42), wanted) == 1 {print $1}'
}
stash=$(lost 'WIP on main')
git branch translation "$(lost 'Translate')"
git reset -q --hard "$stash^1"
git cherry-pick "$correction" > /dev/null
git checkout -q "$stash" -- glossary.md
git reset -q
