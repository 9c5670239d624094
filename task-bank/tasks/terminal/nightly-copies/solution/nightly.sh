#!/bin/bash
# Packs a folder; see NIGHTLY.md.
set -u

fail() {
  echo "nightly: $2" >&2
  exit "$1"
}

copy() {
  local source=${1:-} target=${2:-} keep=${3:-7}
  [ -n "$target" ] && [ -d "$source" ] || fail 2 "no folder \"$source\", or no target"
  [[ $keep =~ ^0*[1-9][0-9]*$ ]] || fail 2 "\"$keep\" is not a number of archives"
  mkdir -p -- "$target" 2>/dev/null || fail 3 "cannot make $target"
  target=$(cd -- "$target" && pwd) || fail 3 "cannot enter $target"
  { exec 9> "$target/.lock"; } 2>/dev/null || fail 3 "cannot write to $target"
  flock -n 9 || fail 4 "another run is at work"

  local name=nightly-${NIGHTLY_STAMP:-$(date +%Y%m%d-%H%M%S)}
  begun=$(mktemp "$target/.begun-XXXXXX") || fail 3 "cannot write to $target"
  trap 'rm -f -- "$begun" "$begun.sha256"' EXIT
  tar -C "$source" --exclude="$begun" -czf "$begun" . 9>&- || fail 3 "cannot pack $source"
  local sum
  sum=$(sha256sum < "$begun") || fail 3 "cannot read the archive"
  printf '%s  %s\n' "${sum%% *}" "$name.tar.gz" > "$begun.sha256" || fail 3 "cannot write the sum"
  mv -- "$begun.sha256" "$target/$name.sha256" && chmod 644 "$begun" && mv -- "$begun" "$target/$name.tar.gz" ||
    fail 3 "cannot put the archive in its place"

  local all=("$target"/nightly-*.tar.gz)
  local surplus=$((${#all[@]} - 10#$keep)) old
  for ((at = 0; at < surplus; at++)); do
    old=${all[at]}
    rm -f -- "$old" "${old%.tar.gz}.sha256"
  done
  all=("$target"/nightly-*.tar.gz)
  echo "kept ${#all[@]}"
}

check() {
  local file=${1:-}
  local folder=${file%/*} name=${file##*/}
  [ "$folder" != "$file" ] || folder=.
  local sum
  if [ -f "$file" ] && sum=$(awk -v name="$name" '$2 == name {print $1}' "$folder/${name%.tar.gz}.sha256" 2>/dev/null) &&
    [ -n "$sum" ] && [ "$sum" = "$(sha256sum < "$file" | cut -d' ' -f1)" ] && tar -tzf "$file" > /dev/null 2>&1; then
    echo good
  else
    echo bad
    exit 1
  fi
}

case ${1:-} in
  copy) copy "${@:2}" ;;
  check) check "${@:2}" ;;
  *) fail 2 "unknown command ${1:-}" ;;
esac
