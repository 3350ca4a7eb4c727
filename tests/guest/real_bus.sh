#!/bin/bash
# Tests the program on a real USB bus with simulated boards. Prints a line for each check; stops at
# the first failure with its logs.
#
#   tests/guest/real_bus.sh [CASE...]        of: commands exit_codes dfu_util plain_dfu bootloaders
#                                            uf2 enter_dfu unplug option_bytes soak diagnosis plugging window;
#                                            or all
#
# Uses the build of `cargo test`, or $UPFUSE_BINARY. Real firmware files are taken from
# $UPFUSE_TEST_FIRMWARE or ../shared/firmware; without them those checks are skipped.
# Logs and screenshots are written to $UPFUSE_SHARE (default: target/real-bus).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$guest_dir/display.sh"

need_packages usbip dfu-util python3 "${display_packages[@]}"
use_test_build
use_firmware_files

export UPFUSE_SHARE="${UPFUSE_SHARE:-${CARGO_TARGET_DIR:-$root_dir/target}/real-bus}"
rm -rf "$UPFUSE_SHARE/logs"
mkdir -p "$UPFUSE_SHARE"
export UPFUSE_GUEST_TIMEOUT="${UPFUSE_GUEST_TIMEOUT:-2700}"
[ $# -gt 0 ] || set -- commands exit_codes dfu_util plain_dfu bootloaders uf2 enter_dfu unplug option_bytes soak diagnosis plugging window
run_in_guest "$guest_dir/in_guest.sh" "$@"
