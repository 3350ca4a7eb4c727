#!/bin/bash
# macos.sh [--binary FILE]...: packs Upfuse.app as a zip file into target/packages, and tries it. FILE
# is the program for one kind of processor; without it, both are built, which needs macOS.
#
# Other systems make the same folders with any program, to check all but the program.
set -euo pipefail
root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
. "$root_dir/tests/package/version.sh"
cd "$root_dir"

die() { echo "error: $*" >&2; exit 1; }

# The oldest macOS for both processors.
export MACOSX_DEPLOYMENT_TARGET=11.0
version="$(package_version)"
# The system takes three numbers, and no suffix.
numbers="${version%%[-+]*}"
packages="$root_dir/target/packages"
work="$root_dir/target/macos"
app="$work/Upfuse.app"

binaries=()
while [ $# -gt 0 ]; do
    case "$1" in
        --binary) binaries+=("${2:?a file is missing}"); shift 2 ;;
        *) die "usage: macos.sh [--binary FILE]..." ;;
    esac
done
is_macos=""
[ "$(uname)" != Darwin ] || is_macos=yes

build() {
    local target
    for target in aarch64-apple-darwin x86_64-apple-darwin; do
        rustup target add "$target"
        cargo build --locked --release --bin upfuse --target "$target"
        binaries+=("target/$target/release/upfuse")
    done
}

bundle() {
    local contents="$app/Contents" text
    rm -rf "$work"
    mkdir -p "$contents/MacOS" "$contents/Resources" "$packages"
    if [ -n "$is_macos" ]; then
        lipo -create -output "$contents/MacOS/upfuse" "${binaries[@]}"
    else
        cp "${binaries[0]}" "$contents/MacOS/upfuse"
    fi
    sed -e "s/@NUMBERS@/$numbers/" -e "s/@SYSTEM@/$MACOSX_DEPLOYMENT_TARGET/" \
        assets/macos/Info.plist.in >"$contents/Info.plist"
    python3 tests/package/icns.py "$contents/Resources/upfuse.icns"
    for text in LICENSE-MIT LICENSE-APACHE assets/THIRD-PARTY.txt; do
        cp "$text" "$contents/Resources/"
    done
    cp assets/fonts/OFL.txt "$contents/Resources/Inter-OFL.txt"
}

# Signed by nobody: processors of Apple run no program that has no signature at all.
pack() {
    local zip="$packages/upfuse-$version-macos-universal.zip"
    rm -f "$zip"
    codesign --force --sign - "$app"
    ditto -c -k --keepParent "$app" "$zip"
    ls -l "$zip"
}

# check_bundle: what the system reads is there, and says the version.
check_bundle() {
    python3 - "$app" "$numbers" <<'PYTHON'
import plistlib, struct, sys
from pathlib import Path
contents, numbers = Path(sys.argv[1], "Contents"), sys.argv[2]
info = plistlib.loads((contents / "Info.plist").read_bytes())
assert info["CFBundleShortVersionString"] == info["CFBundleVersion"] == numbers, "the version differs"
assert (contents / "MacOS" / info["CFBundleExecutable"]).stat().st_mode & 0o111, "no program"
icon = (contents / "Resources" / (info["CFBundleIconFile"] + ".icns")).read_bytes()
assert icon[:4] == b"icns" and struct.unpack(">I", icon[4:8])[0] == len(icon), "no icon"
assert b"@" not in (contents / "Info.plist").read_bytes(), "a placeholder is left"
PYTHON
    if [ -n "$is_macos" ]; then
        plutil -lint "$app/Contents/Info.plist"
        [ ${#binaries[@]} -lt 2 ] || lipo "$app/Contents/MacOS/upfuse" -verify_arch arm64 x86_64
        codesign --verify --strict "$app"
    fi
}

# The packed program upgrades a simulated board.
try() {
    local firmware="$work/firmware.bin"
    # A stack pointer and a reset handler where the simulated board has its flash.
    { printf '\0\0\2\x20\x09\0\0\x08' && head -c 4096 /dev/urandom; } >"$firmware"
    "$app/Contents/MacOS/upfuse" --simulate f407 upgrade "$firmware"
}

[ ${#binaries[@]} -gt 0 ] || build
bundle
[ -z "$is_macos" ] || pack
check_bundle
try
