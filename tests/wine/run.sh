#!/bin/bash
# The Windows programs, built here and run under Wine: size, imports, exit codes, paths, and the
# window with a simulated upgrade.
#
# Needs Debian 12; installs what is missing when run as root. Leaves the programs and the
# screenshots in target/windows/out.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$guest_dir/display.sh"
here="$root_dir/tests/wine"
. "$here/program.sh"
. "$here/wine.sh"
. "$here/commands.sh"
. "$here/window.sh"

build_dir="$root_dir/target/windows"
out_dir="$build_dir/out"
# Where Wine runs them, with the props that Wine needs: apart from what would be shipped.
run_dir="$build_dir/run"

failures=0
# verdict OK|WRONG WORDS...: one line for each thing that was looked at.
verdict() {
    printf '%-6s%s\n' "$1" "${*:2}"
    [ "$1" = ok ] || failures=$((failures + 1))
}

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
stop_all() {
    stop_wine
    if [ -n "${display_process:-}" ]; then stop_display; fi
}

need_packages rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64-win32 \
    g++-mingw-w64-x86-64-win32 wine64 python3 "${display_packages[@]}"

build_programs
took "built"
check_programs

start_display 1280 900
start_wine
took "Wine started"
try_commands
try_paths
took "commands tried"
try_window
took "window tried"
try_without_opengl
took "missing OpenGL tried"

cat <<'WORDS'
Not proven here, for Wine has none of it: boards on a real bus through WinUSB, the name of the
driver that Windows bound, Explorer and its DPI changes, a real graphics driver, Windows itself.
WORDS
if [ "$failures" -ne 0 ]; then die "$failures wrong; see above"; fi
