#!/bin/bash
# source.sh: packs the source of this commit, and that of libusb in the programs, into target/packages.
# libusb's licence wants its source offered where the programs are.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/version.sh"
cd "$root_dir"

name="upfuse-$(package_version)-source"
packages=target/packages
mkdir -p "$packages"
git archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$packages/$name.tar.gz"

# libusb's, as crates.io has it and Cargo has checked it against Cargo.lock.
cargo fetch --locked --quiet
manifest="$(cargo metadata --locked --format-version 1 | python3 -c '
import json, sys
print(*(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "libusb1-sys"))')"
folder="$(dirname "$manifest")"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(source_date)" \
    --directory "${folder%/*}" "${folder##*/}" | gzip -9n >"$packages/${folder##*/}.tar.gz"
ls -l "$packages/$name.tar.gz" "$packages/${folder##*/}.tar.gz"
