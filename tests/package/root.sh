# A plain Debian system in a folder, to install packages in. Sourced, never run; after
# tests/guest/lib.sh and version.sh.
#
# Its Debian is newer than the one that builds the packages, as people's systems are.

root_release=trixie
# What a desktop has: udev and logins, the libraries that the package recommends, programs that open
# files by their type; and for the tests a display, a bus of simulated boards, and validators.
root_packages=(
    appstream dbus desktop-file-utils libglib2.0-bin libpam-systemd pkexec polkitd shared-mime-info systemd-sysv udev
    acl imagemagick libgl1-mesa-dri procps usbip xdotool xvfb
)

# recommended: the packages that the .deb recommends, from Cargo.toml.
recommended() { sed -n 's/^recommends = "\(.*\)"$/\1/p' "$root_dir/Cargo.toml" | tr -d ' ' | tr ',' '\n'; }

# Prints the path of an archive of the system; made once.
root_archive() {
    local include stamp archive
    include="$(printf '%s,' "${root_packages[@]}" $(recommended))"
    stamp="$(printf '%s' "$root_release$include" | sha256sum | cut -c1-16)"
    archive="$cache_dir/debian-$root_release-$stamp.tar"
    if [ ! -e "$archive" ]; then
        mkdir -p "$cache_dir"
        message "fetching Debian $root_release"
        mmdebstrap --quiet --variant=minbase --include="${include%,}" \
            "$root_release" "$cache_dir/new-$$.tar" >"$archive.log" 2>&1 ||
            { tail -n 30 "$archive.log" >&2; die "mmdebstrap failed"; }
        rm -f "$cache_dir/debian-$root_release"-*.tar
        mv "$cache_dir/new-$$.tar" "$archive"
    fi
    printf '%s\n' "$archive"
}

# unpack_root FOLDER: the system, anew.
unpack_root() {
    local archive
    archive="$(root_archive)"
    rm -rf --one-file-system "$1"
    mkdir -p "$1"
    tar -xf "$archive" --numeric-owner -C "$1"
}

# in_root FOLDER COMMAND...
in_root() {
    local folder="$1"
    shift
    env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$folder" "$@"
}

# root_files FOLDER: every file, its size and its mode; without those that a package manager keeps for
# itself, and the program's own settings.
root_files() {
    (cd "$1" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./home \
        -o -path ./var/lib/dpkg -o -path ./var/lib/rpm -o -path ./var/log -o -path ./var/cache \) -prune \
        -o -printf '%p %y %m %s\n' | sed -E 's/( d [0-7]+) [0-9]+$/\1/' | sort)
}
