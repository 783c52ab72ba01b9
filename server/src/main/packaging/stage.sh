#!/bin/sh
# stage.sh DIST DIRECTORY: what every package has, in DIRECTORY. Without the class archives: they hold for one Java
# alone, and for jars of one age. So all files get that of their packages.
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
root=$here/../../../..
rm -rf "$2"
mkdir -p "$2"
cp -R "$1/." "$2"
rm -f "$2"/lib/*.jsa
cp "$root/LICENSE" "$root/CHANGELOG.md" "$root/docs/tokenbroker.yaml" "$2"
find "$2" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
