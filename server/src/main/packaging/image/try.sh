#!/bin/sh
# try.sh ARCHIVE: runs the image: as its user, on a root that is read-only, with a small /tmp and a volume. As root.
set -eu

command -v buildah >/dev/null || { echo 'skipped: no buildah here; install buildah' >&2; exit 77; }
[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null || { echo 'skipped: mounts need root' >&2; exit 77; }

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
container=$(buildah from "oci-archive:$1")
trap 'buildah rm "$container" >/dev/null' EXIT
trap 'exit 1' HUP INT TERM
user=$(buildah inspect --format '{{.OCIv1.Config.User}}' "$container")
[ "$user" = 10001:10001 ] || { echo "try: its user is $user" >&2; exit 1; }
root=$(buildah mount "$container")
export root user SMOKE_DATA=/var/lib/tokenbroker
unshare -m --propagation private sh -euc '
  mount --bind "$root" "$root"
  mount -o remount,ro,bind "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
  mount -t tmpfs -o "mode=0700,uid=${user%:*},gid=${user#*:}" tmpfs "$root/var/lib/tokenbroker"
  cat >/tmp/tokenbroker-in-image.$$ <<END
#!/bin/sh
exec env -i HOME=/var/lib/tokenbroker PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot --userspec="$user" "$root" /opt/tokenbroker/bin/tokenbroker "\$@"
END
  trap "rm -f /tmp/tokenbroker-in-image.$$" EXIT
  ! chroot --userspec="$user" "$root" /bin/sh -c "echo >/opt/x" 2>/dev/null || { echo "its root can be written" >&2; exit 1; }
  "$0" sh /tmp/tokenbroker-in-image.$$
' "$here/../smoke.sh"
