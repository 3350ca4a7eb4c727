#!/bin/bash
# Installs each Linux package in a plain Debian system, uses it there as an ordinary user, and removes
# it: nothing may be left. Also runs validators that this Debian may not have.
#
#   tests/package/try_linux.sh
#
# After linux.sh. Needs root; prints a line for each check.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/version.sh"
. "$(dirname "${BASH_SOURCE[0]}")/root.sh"
cd "$root_dir"

if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: installing packages in a plain system needs root"
    exit 0
fi
# Mounts of its own, which end with this script.
if [ -z "${UPFUSE_OWN_MOUNTS:-}" ]; then
    if ! unshare --mount true 2>/dev/null; then
        echo "skipped: a plain system cannot be made without permission to mount (in a container: --privileged)"
        exit 0
    fi
    UPFUSE_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
fi

packages="$root_dir/target/packages"
root="$packages/root"
version="$(package_version)"
UPFUSE_SHARE="$packages"
. "$guest_dir/checks.sh"

need_packages mmdebstrap rpm python3
deb="$(echo "$packages/upfuse_$version"-*.deb)"
rpm="$(echo "$packages/upfuse-$version"-*.rpm)"
archive="$(echo "$packages/upfuse-$version"-linux-*.tar.gz)"

prepare() {
    unpack_root "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    in_root "$root" useradd --create-home person
    cp -r "$root_dir/tests/package" "$root/home/tests"
    cp -r "$guest_dir" "$root/home/tests/guest"
    "$guest_dir/flash.py" make dfu "$root/home/person/firmware.dfu" 7 0x08000000+100000
    chmod -R a+rX "$root/home"
}

use() {
    in_root "$root" runuser -u person -- env HOME=/home/person bash -c 'cd && exec "$@"' - \
        /home/tests/use.sh "$1" "$version" /home/person/firmware.dfu /home/person/window.png
    mkdir -p "$packages/pictures"
    mv "$root/home/person/window.png" "$packages/pictures/$2.png"
}

deb_installs() {
    root_files "$root" >before
    cp "$deb" "$root/home/upfuse.deb"
    in_root "$root" dpkg -i /home/upfuse.deb
}
validators() {
    in_root "$root" udevadm verify /usr/lib/udev/rules.d/70-upfuse.rules
    in_root "$root" appstreamcli validate --no-net /usr/share/metainfo/io.github.upfuse.Upfuse.metainfo.xml
    in_root "$root" desktop-file-validate /usr/share/applications/io.github.upfuse.Upfuse.desktop
}
knows_types() {
    echo "{}" >"$root/home/person/profile.upfuse"
    equal "$(in_root "$root" gio info -a standard::content-type /home/person/firmware.dfu | sed -n 's/.*content-type: //p')" \
        application/x-dfuse-firmware
    equal "$(in_root "$root" gio info -a standard::content-type /home/person/profile.upfuse | sed -n 's/.*content-type: //p')" \
        application/x-upfuse-profile
}
deb_leaves_nothing() {
    in_root "$root" dpkg --purge upfuse
    root_files "$root" >after
    diff before after
}

# What the systems that use RPM do whenever a package changes these folders.
update_databases() {
    in_root "$root" update-mime-database /usr/share/mime
    in_root "$root" update-desktop-database
}
# These belong to other packages of the systems that use RPM (Fedora: filesystem), also while empty.
folders_of_others=(fish/vendor_completions.d zsh/site-functions)
rpm_installs() {
    mkdir -p "${folders_of_others[@]/#/$root/usr/share/}"
    root_files "$root" >before
    rpm --root "$root" --dbpath /var/lib/rpm -i --nodeps --ignorearch "$rpm"
    # What it says of its files is true.
    rpm --root "$root" --dbpath /var/lib/rpm -V upfuse --nodeps
    update_databases
}
rpm_leaves_nothing() {
    rpm --root "$root" --dbpath /var/lib/rpm -e upfuse
    update_databases
    root_files "$root" >after
    diff before after
}

archive_unpacks() {
    tar -xf "$archive" -C "$root/home/person"
    mv "$root/home/person/upfuse-$version"-linux-* "$root/home/person/unpacked"
}

work="$packages/work"
mkdir -p "$work"
cd "$work"
check "a plain Debian $root_release" prepare
check ".deb: dpkg installs it" deb_installs
check ".deb: udev's, AppStream's and the desktop's validators" validators
check ".deb: the desktop knows its types of files" knows_types
check ".deb: a command, and the window by opening a file" use upfuse deb
check ".deb: removed, it leaves nothing" deb_leaves_nothing
check ".rpm: rpm installs and verifies it" rpm_installs
check ".rpm: a command, and the window by opening a file" use upfuse rpm
check ".rpm: removed, it leaves nothing" rpm_leaves_nothing
check "archive: unpacked" archive_unpacks
check "archive: a command and the window, from where it is" use /home/person/unpacked/bin/upfuse archive
umount --recursive "$root/proc" "$root/dev"
rm -rf --one-file-system "$root"
echo "$check_number checks passed; pictures in $packages/pictures"
