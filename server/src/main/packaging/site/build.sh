#!/bin/sh
# build.sh OUT: the site in OUT. MkDocs, of requirements.txt, is in a venv beside it, and so is what runs in the reader's
# browser: mermaid, which draws the pictures, and what lets a search work on pages that are opened from files.
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
root=$here/../../../../..
for tool in python3 npm; do
  command -v $tool >/dev/null || { echo "skipped: no $tool here; install $tool" >&2; exit 77; }
done
mkdir -p "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
tools=$out-tools
[ -x "$tools/bin/python" ] || python3 -m venv "$tools" || {
  echo 'skipped: python3 has no venv here; install python3-venv' >&2
  exit 77
}
"$tools/bin/pip" install -q --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/requirements.txt"
script() { # PACKAGE FILE SHA256 NAME
  echo "$3  $tools/$4" | sha256sum --check --status 2>/dev/null && return
  (
    cd "$tools"
    package=$(npm pack --silent "$1")
    tar -xzOf "$package" "package/$2" >"$4"
    rm "$package"
    echo "$3  $4" | sha256sum --check --status || { echo "site: $1 is not what it was" >&2; exit 1; }
  )
}
script mermaid@11.17.2 dist/mermaid.min.js 581ed7d74bd9048d0e3a91363927d72ef22942d7722546b27f7cc29e35390eb8 mermaid.min.js
script iframe-worker@1.0.4 shim/index.js e8e412dbcfea9b7e31b5ffa288d7b6035915e714c542f4176a0cdbe262fc9609 iframe-worker.js

rm -rf "$out-source"
"$tools/bin/python" "$here/stage.py" "$root" "$out-source"
cp "$tools/mermaid.min.js" "$tools/iframe-worker.js" "$out-source"
# not --quiet: with it --strict sees no warning
NO_MKDOCS_2_WARNING=1 SITE_SOURCE=$out-source SITE_OUT=$out "$tools/bin/mkdocs" build --strict --clean -f "$here/mkdocs.yml"
# It has to work where nothing else can be reached.
if grep -rlE '<(script|img|iframe)[^>]* src="?https?://|<link[^>]* href="?https?://' --include='*.html' "$out"; then
  echo 'site: these pages fetch something from elsewhere' >&2
  exit 1
fi
echo "$out/index.html"
