#!/bin/sh
# check.sh BASE JAPICMP MVN...: that what a program in Java compiles against here breaks none that was built against the
# commit BASE: client library, messages, test fixtures. MVN has built them here already; JAPICMP is where that
# program's jars are.
set -eu

cd "${0%/*}/../../../.."
base=$(git rev-parse --verify --quiet "$1^{commit}") || {
  echo "api: there is no commit $1" >&2
  exit 1
}
japicmp=$2
shift 2
published() { # DIRECTORY OUT: the jars of callers
  for module in proto client/library client/testing; do
    for jar in "$1/$module"/target/tokenbroker-*.jar; do
      case $jar in *-sources.jar | *-javadoc.jar | *'*'*) ;; *) cp "$jar" "$2/$(basename "$module").jar" ;; esac
    done
  done
}

out=client/library/target/api
old=$out/$base
if [ ! -d "$old" ]; then
  git cat-file -e "$base:client/library/pom.xml" 2>/dev/null || {
    echo "api: skipped, $base has no client library"
    exit 0
  }
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  trap 'exit 1' HUP INT TERM
  git archive "$base" | tar -xf - -C "$tree"
  (cd "$tree" && "$@" -q package -Dmaven.test.skip=true -pl proto,client/library,client/testing)
  mkdir -p "$tree/jars" "$out"
  published "$tree" "$tree/jars"
  mv "$tree/jars" "$old"
fi
rm -rf "$out/new"
mkdir "$out/new"
published . "$out/new"

status=0
for jar in "$old"/*.jar; do
  name=$(basename "$jar")
  # A field more is a method more in the interface ...OrBuilder, which nobody else implements.
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$japicmp/*" japicmp.JApiCmp -o "$jar" -n "$out/new/$name" -a protected --only-incompatible \
    --exclude 'io.tokenbroker.v1.*OrBuilder' --ignore-missing-classes \
    --error-on-binary-incompatibility --error-on-source-incompatibility >"$out/$name.txt" 2>&1 || {
    status=1
    cat "$out/$name.txt"
  }
done
[ $status -eq 0 ] && echo "api: nothing that was built against $base breaks"
exit $status
