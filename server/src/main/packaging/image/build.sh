#!/bin/sh
# build.sh DIST VERSION OUT JDK: the image tokenbroker:VERSION, as OUT/tokenbroker-VERSION.image.tar for `docker load`,
# and as an OCI layout, OUT/tokenbroker-VERSION.oci.tar. From scratch: the distribution with a Java of its own,
# and of Debian the C library, what the JVM is linked against, and a shell for the launcher.
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
for tool in buildah dpkg-deb apt-get; do
  command -v $tool >/dev/null || { echo "skipped: no $tool here; install $tool" >&2; exit 77; }
done
if ! trial=$(buildah from scratch); then
  echo 'skipped: buildah cannot make a container here; see above' >&2
  exit 77
fi
buildah rm "$trial" >/dev/null
root=$3/stage/image
rm -rf "$root"
"$here/../stage.sh" "$1" "$root/opt/tokenbroker"
rm -rf "$root/opt/tokenbroker/lib/native/Mac"
"$here/../runtime.sh" "$4" "$root/opt/tokenbroker"

packages=$(mktemp -d)
container=
cleanup() {
  [ -z "$container" ] || buildah rm "$container" >/dev/null
  rm -rf "$packages"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
(cd "$packages" && apt-get -qq -o APT::Sandbox::User=root download base-files dash libc6 libc-bin libgcc-s1 libstdc++6 zlib1g)
install -d "$root/var/lib/dpkg/status.d" "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/sbin"
for directory in bin lib lib64 sbin; do
  ln -s "usr/$directory" "$root/$directory"
done
# status.d, so that scanners see what is here
for package in "$packages"/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink \
    --exclude='./usr/share/*' --exclude='*/gconv/*' --exclude='./etc/*' --exclude='./var/*' --exclude='./sbin/*' --exclude='./usr/sbin/*'
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --wildcards './usr/share/doc/*/copyright' 2>/dev/null || :
  dpkg-deb -f "$package" >"$root/var/lib/dpkg/status.d/$(dpkg-deb -f "$package" Package)"
done
find "$root/usr/bin" -mindepth 1 ! -name dash -delete
ln -s dash "$root/usr/bin/sh"

install -d "$root/etc" "$root/tmp" "$root/proc" "$root/var/lib/tokenbroker"
chmod 1777 "$root/tmp"
chmod 0700 "$root/var/lib/tokenbroker"
printf '%s\n' 'root:x:0:0:root:/:/bin/sh' 'tokenbroker:x:10001:10001::/var/lib/tokenbroker:/bin/sh' >"$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'tokenbroker:x:10001:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

container=$(buildah from scratch)
buildah add --quiet "$container" "$root" / >/dev/null
buildah add --quiet --chown 10001:10001 --chmod 0700 "$container" "$root/var/lib/tokenbroker" /var/lib/tokenbroker >/dev/null
buildah config --user 10001:10001 --workingdir /var/lib/tokenbroker --volume /var/lib/tokenbroker \
  --entrypoint '["/opt/tokenbroker/bin/tokenbroker"]' --cmd serve --port 50051/tcp --port 50052/tcp \
  --env PATH=/opt/tokenbroker/bin:/usr/bin --env TOKENBROKER_DATA=/var/lib/tokenbroker \
  --label "org.opencontainers.image.version=$2" --label org.opencontainers.image.licenses=Apache-2.0 \
  --stop-signal SIGTERM "$container"
buildah commit --quiet --timestamp "$SOURCE_DATE_EPOCH" "$container" "tokenbroker:$2" >/dev/null
rm -f "$3/tokenbroker-$2".*.tar
buildah push --quiet "tokenbroker:$2" "docker-archive:$3/tokenbroker-$2.image.tar:tokenbroker:$2"
buildah push --quiet "tokenbroker:$2" "oci-archive:$3/tokenbroker-$2.oci.tar:tokenbroker:$2"
echo "$3/tokenbroker-$2.image.tar, $3/tokenbroker-$2.oci.tar: tokenbroker:$2, $(du -sh "$root" | cut -f1)"
