#!/bin/sh
# try.sh DEB: installs DEB in an empty root of Debian, serves, upgrades, removes, and purges it. As root; fetches a
# minimal Debian and a Java for it. No systemd runs there: what its unit would start is started by hand.
set -eu

for tool in debootstrap chroot; do
  command -v $tool >/dev/null || { echo "skipped: no $tool here; install $tool" >&2; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo 'skipped: a root of its own needs root' >&2; exit 77; }

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
deb=$(readlink -f "$1")
base=${TRY_BASE:-$(dirname "$deb")/debian-root.tar}
root=$(mktemp -d)
daemon=
cleanup() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
  umount "$root/proc" 2>/dev/null || :
  rm -rf "$root"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
step() { printf '== %s\n' "$1"; }
failed() {
  echo "try: $1" >&2
  [ ! -f "$root/tmp/log" ] || sed 's/^/  /' "$root/tmp/log" >&2
  exit 1
}
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

cannot() {
  echo "skipped: $1" >&2
  exit 77
}
mkdir "$root/proc"
mount -t proc proc "$root/proc" 2>/dev/null || cannot 'nothing can be mounted here'
umount "$root/proc"
if ! mknod "$root/null" c 1 3 2>/dev/null || ! : 2>/dev/null >"$root/null"; then
  cannot 'no devices can be made here'
fi
rm -r "$root/null" "$root/proc"

if [ ! -f "$base" ]; then
  step 'a minimal Debian with a Java'
  debootstrap --variant=minbase --include=default-jre-headless,adduser bookworm "$root" >"$base.log" 2>&1 ||
    { tail "$base.log" >&2; cannot 'debootstrap could make no Debian here; see above'; }
  rm -rf "$root"/var/cache/apt/archives/*.deb
  tar -C "$root" --exclude=./proc/* --exclude=./dev/* -cf "$base.new" .
  mv "$base.new" "$base"
else
  tar -C "$root" -xf "$base"
fi
chmod 755 "$root" # mktemp's is for root alone
[ -c "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
[ -c "$root/dev/urandom" ] || mknod -m 666 "$root/dev/urandom" c 1 9
[ -c "$root/dev/random" ] || mknod -m 666 "$root/dev/random" c 1 8
mount -t proc proc "$root/proc"

version=$(dpkg-deb -f "$deb" Version)
cp "$deb" "$root/tmp/one.deb"
# the same, one version later
dpkg-deb -R "$deb" "$root/tmp/next"
sed -i "s/^Version: .*/Version: $version+later/" "$root/tmp/next/DEBIAN/control"
dpkg-deb -Zgzip -z1 --root-owner-group --build "$root/tmp/next" "$root/tmp/two.deb" >/dev/null
rm -rf "$root/tmp/next"

start() { # as the unit does
  # shellcheck disable=SC2046 # words
  set -- $(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/tokenbroker.service")
  chroot --userspec=tokenbroker:tokenbroker "$root" env -i PATH=/usr/bin:/bin TOKENBROKER_LISTEN=127.0.0.1:0 "$@" \
    >"$root/tmp/log" 2>&1 &
  daemon=$!
  address=
  while [ -z "$address" ]; do
    kill -0 "$daemon" 2>/dev/null || failed 'it did not start'
    sleep 0.5
    address=$(sed -n 's/.*\(127\.0\.0\.1:[1-9][0-9]*\).*/\1/p' "$root/tmp/log" | head -n 1)
  done
}
stop() {
  kill "$daemon"
  wait "$daemon" || failed "its stop ended with $?"
  daemon=
}
ask() { inside tokenbroker --endpoint "$address" "$@"; }
expect() { [ "$1" = "$2" ] || failed "$1, not $2"; }

step "install $version"
inside dpkg -i /tmp/one.deb
expect "$(inside stat -c '%U:%G %a' /var/lib/tokenbroker)" 'tokenbroker:tokenbroker 700'
expect "$(inside stat -c '%U:%G %a' /etc/tokenbroker/tokenbroker.yaml)" 'root:tokenbroker 640'
for archive in serve command; do
  [ -s "$root/usr/share/tokenbroker/lib/$archive.jsa" ] || failed "no archive of classes for $archive"
done

step 'serve, and add an account'
start
printf 'fake-secret-1\nfake-secret-2\n' | ask tokens import acme -
expect "$(ask next acme -q)" fake-secret-1
stop

step 'upgrade: what was changed, and the data, stay'
echo '# a line of the administrator' >>"$root/etc/tokenbroker/tokenbroker.yaml"
inside dpkg -i /tmp/two.deb
expect "$(inside dpkg-query -W -f '${Version}' tokenbroker)" "$version+later"
grep -q '^# a line of the administrator' "$root/etc/tokenbroker/tokenbroker.yaml" || failed 'the configuration was replaced'
expect "$(inside stat -c '%U:%G %a' /etc/tokenbroker/tokenbroker.yaml)" 'root:tokenbroker 640'
start
expect "$(ask next acme -q)" fake-secret-2
stop

step 'remove: data and configuration stay'
inside dpkg -r tokenbroker
[ -s "$root/var/lib/tokenbroker/tokenbroker.keyset" ] || failed 'the data went with the package'
[ ! -e "$root/usr/share/tokenbroker" ] || failed "left: $(find "$root/usr/share/tokenbroker")"

step 'purge: nothing stays'
inside dpkg -P tokenbroker
left=$(find "$root" -xdev -path "$root/proc" -prune -o -path "$root/tmp" -prune -o \
  -name '*tokenbroker*' -print)
[ -z "$left" ] || failed "left: $left"
! grep -q tokenbroker "$root/etc/passwd" || failed 'the user stayed'

if command -v systemd-analyze >/dev/null; then
  step 'the unit'
  systemd-analyze security --offline=yes --no-pager --threshold=20 "$here/tokenbroker.service" | tail -n 1
fi
echo 'try: installed, served, upgraded, removed, purged'
