# Debian's stock kernel and a small initramfs for the guest, both cached. Sourced, never run.
#
# The kernel package is only unpacked, never installed, so nothing on this machine changes.

# The modules that init needs to mount the root file system, the USB bus, and serial ports on it.
initramfs_modules=(virtio_pci 9p 9pnet_virtio overlay vhci_hcd cdc_acm)

# Prints the directory that holds boot/vmlinuz-* and lib/modules/* of the guest's kernel.
kernel_tree() {
    local package tree lock
    mkdir -p "$cache_dir"
    exec {lock}>"$cache_dir/lock"
    flock "$lock"
    tree="$(newest_tree)"
    if [ -z "$tree" ]; then
        package="$(kernel_package)"
        if [ -z "$package" ]; then
            message "reading the package lists"
            apt-get update >/dev/null || die "apt-get update failed"
            package="$(kernel_package)"
        fi
        [ -n "$package" ] || die "linux-image-amd64 is not in this system's package lists"
        tree="$cache_dir/$package"
        unpack_kernel "$package" "$tree"
    fi
    printf '%s\n' "$tree"
}

newest_tree() {
    local found
    found="$(find "$cache_dir" -maxdepth 1 -type d -name 'linux-image-*-amd64' 2>/dev/null | sort -V | tail -n 1)"
    printf '%s' "$found"
}

kernel_package() {
    apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1
}

# Unpacks into a temporary directory: an interrupted run must not leave half a kernel in the cache.
unpack_kernel() {
    local package="$1" tree="$2" work release
    message "fetching $package"
    work="$(mktemp -d "$cache_dir/unpack.XXXXXX")"
    (cd "$work" && apt-get download "$package" >apt.log 2>&1) || { cat "$work/apt.log" >&2; die "no $package"; }
    dpkg -x "$work"/*.deb "$work/tree"
    release="$(ls "$work/tree/lib/modules")"
    depmod -b "$work/tree" "$release"
    mv "$work/tree" "$tree"
    rm -r "$work"
}

# Prints the path of an initramfs for the kernel in $1; rebuilt when its sources changed.
initramfs() {
    local tree="$1" release stamp image work
    release="$(ls "$tree/lib/modules")"
    stamp="$(cat "$guest_dir/init" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)"
    image="$tree/initramfs-$stamp"
    if [ ! -e "$image" ]; then
        work="$(mktemp -d "$cache_dir/initramfs.XXXXXX")"
        mkdir -p "$work"/{bin,modules,proc,sys,dev,root,tmpfs,new}
        cp "$(command -v busybox)" "$work/bin/busybox"
        cp "$guest_dir/init" "$work/init"
        chmod 755 "$work/init"
        module_order "$tree" "$release" | while read -r module; do
            cp "$module" "$work/modules/"
            basename "$module" >>"$work/modules/order"
        done
        (cd "$work" && find . | cpio --quiet -o -H newc | gzip -1) >"$work.gz"
        rm -f "$tree"/initramfs-*
        mv "$work.gz" "$image"
        rm -r "$work"
    fi
    printf '%s\n' "$image"
}

# Paths of the modules that init loads, each after its dependencies.
module_order() {
    local tree="$1" release="$2" module
    for module in "${initramfs_modules[@]}"; do
        modprobe -d "$tree" -S "$release" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
