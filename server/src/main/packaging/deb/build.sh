#!/bin/sh
# build.sh DIST VERSION OUT: OUT/tokenbroker_VERSION_all.deb
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
command -v dpkg-deb >/dev/null || {
  echo 'skipped: no dpkg-deb here; install dpkg' >&2
  exit 77
}
version=$(echo "$2" | tr '-' '~') # 1.0.0-SNAPSHOT comes before 1.0.0
tree=$3/stage/deb
home=$tree/usr/share/tokenbroker
rm -rf "$tree"
"$here/../stage.sh" "$1" "$home"
rm -rf "$home"/lib/native/Mac "$home/LICENSE" "$home/CHANGELOG.md"

install -d "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/share/doc/tokenbroker" "$tree/etc/tokenbroker" \
  "$tree/etc/default" "$tree/usr/lib/systemd/system"
ln -s ../share/tokenbroker/bin/tokenbroker "$tree/usr/bin/tokenbroker"
sed 's:^# data\: .*:data\: /var/lib/tokenbroker:' "$home/tokenbroker.yaml" >"$tree/etc/tokenbroker/tokenbroker.yaml"
grep -q '^data: /var/lib/tokenbroker$' "$tree/etc/tokenbroker/tokenbroker.yaml"
rm "$home/tokenbroker.yaml"
cp "$here/default" "$tree/etc/default/tokenbroker"
cp "$here/tokenbroker.service" "$tree/usr/lib/systemd/system"
cp "$here/README.Debian" "$here/copyright" "$tree/usr/share/doc/tokenbroker"
gzip -n9c "$here/../../../../../CHANGELOG.md" >"$tree/usr/share/doc/tokenbroker/changelog.gz"

cp "$here/postinst" "$here/prerm" "$here/postrm" "$tree/DEBIAN"
printf '%s\n' /etc/tokenbroker/tokenbroker.yaml /etc/default/tokenbroker >"$tree/DEBIAN/conffiles"
echo 'interest-noawait /usr/lib/jvm' >"$tree/DEBIAN/triggers"
size=$(du -ks --exclude=DEBIAN "$tree" | cut -f1)
sed "s/@VERSION@/$version/; s/@SIZE@/$size/" "$here/control" >"$tree/DEBIAN/control"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb -Zgzip --root-owner-group --build "$tree" "$3/tokenbroker_${version}_all.deb"
