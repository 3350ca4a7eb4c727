#!/bin/bash
# Measures upgrades on a real USB bus and compares them with the time of the flash itself and with
# dfu-util, on the same simulated boards in one run.
#
#   tests/guest/benchmark.sh [BOARD...]       default: f407 f767 f072 g474 h743 l475
#   tests/guest/benchmark.sh parallel         16 boards at the same time
#
# Uses the release build, or $UPFUSE_BINARY. Do not use the machine during the run: the guest runs in
# real time.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_packages usbip dfu-util python3
use_release_build
use_firmware_files
export UPFUSE_SHARE="${UPFUSE_SHARE:-${CARGO_TARGET_DIR:-$root_dir/target}/benchmark}"
mkdir -p "$UPFUSE_SHARE"
export UPFUSE_GUEST_TIMEOUT="${UPFUSE_GUEST_TIMEOUT:-1200}"
case=benchmark
if [ "${1:-}" = parallel ]; then
    case=parallel
    shift
fi
export UPFUSE_BENCHMARK_BOARDS="${*:-f407 f767 f072 g474 h743 l475}"
run_in_guest "$guest_dir/in_guest.sh" "$case"
