#!/bin/bash
# Packs a folder; see NIGHTLY.md.

fail() {
  echo "nightly: $2" >&2
  exit "$1"
}

copy() {
  SOURCE=$1
  TARGET=$2
  KEEP=${3:-7}
  [ -d $SOURCE ] || fail 2 "no folder $SOURCE"
  mkdir -p $TARGET
  if [ -e $TARGET/.lock ]; then
    fail 4 "another run is at work"
  fi
  touch $TARGET/.lock
  STAMP=${NIGHTLY_STAMP:-$(date +%Y%m%d-%H%M%S)}
  NAME=nightly-$STAMP

  cd $SOURCE
  tar -czf $TARGET/$NAME.tar.gz $(find . -type f | grep -v '/\.')
  cd $TARGET
  sha256sum $NAME.tar.gz > $NAME.sha256

  for OLD in $(ls -t *.tar.gz | tail -n +"$KEEP"); do
    rm -f $OLD
  done
  rm -f .lock
  echo "kept $(ls *.tar.gz | wc -l)"
}

case $1 in
  copy) copy $2 $3 $4 ;;
  *) fail 2 "unknown command $1" ;;
esac
