#!/bin/sh
# chart.sh VERSION OUT: checks the Helm chart and packs it as OUT/tokenbroker-VERSION.tgz.
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
command -v helm >/dev/null || {
  echo 'skipped: no helm here; go install helm.sh/helm/v3/cmd/helm@latest' >&2
  exit 77
}
mkdir -p "$2"
for values in "$here/chart/values.yaml" "$here"/chart/ci/*.yaml; do
  helm lint --quiet --strict "$here/chart" -f "$values"
  # a helm that go has built takes the cluster for an old one
  helm template trial "$here/chart" -f "$values" --kube-version 1.30.0 >/dev/null
done
refused() {
  ! helm template trial "$here/chart" --kube-version 1.30.0 --set "$1" >/dev/null 2>&1 || {
    echo "chart: $1 was not refused" >&2
    exit 1
  }
}
refused replicas=2
refused database.url=jdbc:mysql://db/tokenbroker
refused config.listen=x
refused nonsense=1
helm package "$here/chart" --version "$1" --app-version "$1" --destination "$2" >/dev/null
echo "$2/tokenbroker-$1.tgz"
