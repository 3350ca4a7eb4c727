#!/bin/bash
# Makes all packages that can be made on this system, in target/packages: on Linux a .deb, an .rpm, an
# archive, and the Windows installer and archive.
#
#   tests/package/build.sh [--binaries FOLDER]
#
# Builds everything for release. With FOLDER, packs the upfuse in it, and the Windows programs that
# tests/wine/run.sh has left, if it has.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
here="$root_dir/tests/package"

# Debian's compiler for Windows; see tests/wine/program.sh.
build_windows_programs() {
    need_packages rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32
    (
        build_dir="$root_dir/target/windows"
        out_dir="$build_dir/out"
        run_dir="$build_dir/run"
        here="$root_dir/tests/wine"
        . "$here/program.sh"
        build_programs
    )
}

"$here/linux.sh" "$@"
[ $# -gt 0 ] || build_windows_programs
if [ -e "$root_dir/target/windows/out/upfuse.exe" ]; then
    "$here/windows.sh"
else
    message "note: no Windows packages: tests/wine/run.sh has not built the programs"
fi
