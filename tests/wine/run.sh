#!/bin/bash
# The Windows programs, built here and run under Wine: size, imports, exit codes, paths, the window
# with a simulated upgrade, and the installer.
#
# Needs Debian 12; installs what is missing when run as root. Leaves the programs and the
# screenshots in target/windows/out, and the packages in target/packages.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$guest_dir/display.sh"
here="$root_dir/tests/wine"
. "$here/program.sh"
. "$here/wine.sh"
. "$here/commands.sh"
. "$here/driver.sh"
. "$here/window.sh"
. "$here/installer.sh"

build_dir="$root_dir/target/windows"
out_dir="$build_dir/out"
# Where Wine runs them, with helpers that are never shipped.
run_dir="$build_dir/run"

failures=0
# result ok|FAIL TEXT...: prints a line for each check.
result() {
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
log_time "built"
check_programs

start_display 1280 900
start_wine
log_time "Wine started"
test_commands
test_paths
log_time "commands tested"
test_driver
log_time "drivers tested"
test_window
log_time "window tested"
test_packages
log_time "packages tested"
test_without_opengl
log_time "missing OpenGL tested"

cat <<'TEXT'
Not tested, because Wine lacks it: boards on a real bus through WinUSB, the change of a driver and the
question for administrator rights, Explorer with its double clicks and DPI changes, a real graphics driver, Windows itself.
TEXT
if [ "$failures" -ne 0 ]; then die "$failures checks failed; see above"; fi
