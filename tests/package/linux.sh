#!/bin/bash
# Makes the Linux packages of the release build, or of the upfuse in FOLDER, and checks their parts:
# a .deb, an .rpm and an archive, in target/packages.
#
#   tests/package/linux.sh [--binaries FOLDER]
#
# As root, installs Debian's tools that are missing. Builds cargo-deb and cargo-generate-rpm once.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/version.sh"
cd "$root_dir"

case "${1:-}" in
"")
    cargo build --locked --release
    binaries="${CARGO_TARGET_DIR:-target}/release"
    ;;
--binaries) binaries="$(realpath "${2:?a folder is missing}")" ;;
*) die "usage: linux.sh [--binaries FOLDER]" ;;
esac

# Cargo.toml names these.
packages=target/packages
tree="$packages/tree"
tools=target/tools
id=io.github.upfuse.Upfuse
version="$(package_version)"
machine="$(uname -m)"

# Unoptimised, they compile in a third of the time. But not their compression, which is C.
need_cargo_tool() {
    local tool="$1" wanted="$2"
    [ ! -e "$tools/bin/$tool-$wanted" ] || return 0
    message "building $tool $wanted"
    CFLAGS=-O2 cargo install --quiet --locked --debug --root "$tools" --target-dir "$tools/build" \
        --config 'profile.dev.package.sha2.opt-level=3' --config 'profile.dev.package.sha1.opt-level=3' \
        --config 'profile.dev.package.sha3.opt-level=3' --config 'profile.dev.package.md-5.opt-level=3' \
        "$tool@$wanted"
    touch "$tools/bin/$tool-$wanted"
}

# lay_out: the files as below a prefix, for all three packages.
lay_out() {
    local size share="$tree/share"
    rm -rf "$tree"
    install -D -m 755 "$binaries/upfuse" "$tree/bin/upfuse"
    strip --strip-all "$tree/bin/upfuse"
    install -D -m 644 assets/linux/70-upfuse.rules -t "$tree/lib/udev/rules.d"
    install -D -m 644 "assets/linux/$id.desktop" -t "$share/applications"
    install -D -m 644 "assets/linux/$id.xml" -t "$share/mime/packages"
    for size in 16 24 32 48 64 128 256 512; do
        install -D -m 644 "assets/icons/icon-$size.png" "$share/icons/hicolor/${size}x$size/apps/$id.png"
    done
    install -D -m 644 assets/icons/icon.svg "$share/icons/hicolor/scalable/apps/$id.svg"
    install -D -m 644 README.md CHANGELOG.md assets/THIRD-PARTY.txt assets/fonts/OFL.txt \
        LICENSE-MIT LICENSE-APACHE -t "$share/doc/upfuse"
    metainfo
    completions
    manual
    find "$tree" -exec touch -h -d "@$(source_date)" {} +
}

metainfo() {
    local repository
    repository="$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml)"
    mkdir -p "$tree/share/metainfo"
    sed -e "s|@VERSION@|$version|" -e "s|@DATE@|$(date -u -d "@$(source_date)" +%F)|" \
        -e "s|@REPOSITORY@|$repository|" \
        "assets/linux/$id.metainfo.xml.in" >"$tree/share/metainfo/$id.metainfo.xml"
}

completions() {
    local share="$tree/share"
    mkdir -p "$share"/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
    "$tree/bin/upfuse" completions bash >"$share/bash-completion/completions/upfuse"
    "$tree/bin/upfuse" completions zsh >"$share/zsh/site-functions/_upfuse"
    "$tree/bin/upfuse" completions fish >"$share/fish/vendor_completions.d/upfuse.fish"
}

manual() {
    local pages="$tree/share/man/man1" command
    mkdir -p "$pages"
    "$tree/bin/upfuse" man >"$pages/upfuse.1"
    # roff writes a hyphen as `\-`, also inside a command's name.
    for command in $(sed -n 's/^upfuse\\-\(.*\)(1)$/\1/p' "$pages/upfuse.1" | tr -d '\\'); do
        "$tree/bin/upfuse" man "$command" >"$pages/upfuse-$command.1"
    done
    gzip -9n "$pages"/*
}

debian_changelog() {
    printf 'upfuse (%s-1) unstable; urgency=medium\n\n' "$version"
    printf '  * Release %s; /usr/share/doc/upfuse/changelog.gz has the changes.\n\n' "$version"
    printf ' -- The Upfuse contributors <upfuse@users.noreply.github.com>  %s\n' \
        "$(LC_ALL=C date -u -R -d "@$(source_date)")"
}

make_deb() {
    debian_changelog >"$packages/debian-changelog"
    rm -f "$packages"/*.deb
    "$tools/bin/cargo-deb" --no-build --no-strip --output "$packages/" >"$packages/deb.log" 2>&1 ||
        { cat "$packages/deb.log" >&2; die "cargo-deb failed"; }
}

make_rpm() {
    rm -f "$packages"/*.rpm
    "$tools/bin/cargo-generate-rpm" --output "$packages/" --source-date "$(source_date)"
}

make_archive() {
    local name="upfuse-$version-linux-$machine"
    rm -f "$packages"/upfuse-*-linux-*.tar.gz
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(source_date)" \
        --transform "s|^tree|$name|" --directory "$packages" tree | gzip -9n >"$packages/$name.tar.gz"
}

# Nothing that these find may be left; what is right all the same is in lintian-overrides.
check_parts() {
    desktop-file-validate "$tree/share/applications/$id.desktop"
    lintian --fail-on error,warning --allow-root "$packages"/*.deb
    for page in "$tree"/share/man/man1/*; do
        [ -z "$(man --warnings --local-file "$page" 2>&1 >/dev/null)" ] || die "$page has errors"
    done
}

need_packages binutils desktop-file-utils dpkg-dev lintian man-db rpm
need_cargo_tool cargo-deb 3.8.0
need_cargo_tool cargo-generate-rpm 0.21.1
lay_out
make_deb
make_rpm
make_archive
check_parts
ls -l "$packages"/*.deb "$packages"/*.rpm "$packages"/*.tar.gz
