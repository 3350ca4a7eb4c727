#!/bin/bash
# Fuzzes each target for some seconds, and prints its number of executions.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]        default: 20 seconds, all targets
#
# Works with the stable toolchain: libFuzzer's instrumentation is a pass of LLVM. Needs a C++ compiler,
# and crates.io the first time; without either it says so and ends with 0. What is found is written to
# target/fuzz/found/TARGET, and the corpus grows in target/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

skip() { echo "skipped: $*"; exit 0; }
[ "$(uname)" = Linux ] || skip "libFuzzer is linked on Linux only"
command -v "${CXX:-c++}" >/dev/null || skip "no C++ compiler, which libfuzzer-sys needs"
if ! why="$(cargo fetch --locked 2>&1)"; then
    case "$why" in
    *"lock file"*)
        echo "$why"
        echo "FAILED: the program's dependencies changed: run cargo metadata here, and commit Cargo.lock"
        exit 1
        ;;
    esac
    skip "the crates cannot be fetched: ${why##*$'\n'}"
fi

seconds="${1:-20}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- firmware layout descriptors usb_ip recording settings job

work="${CARGO_TARGET_DIR:-../../target}/fuzz"
mkdir -p "$work"
work="$(realpath "$work")"
host="$(rustc -vV | sed -n 's/^host: //p')"
# One build for all targets. With --target, build scripts and macros are not instrumented.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --locked --release --target "$host" --target-dir "$work"

fuzz() {
    local target="$1"
    mkdir -p "$work/corpus/$target" "$work/found/$target"
    if ! "$work/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$work/found/$target/" \
        "$work/corpus/$target" "corpus/$target" >"$work/$target.log" 2>&1; then
        tail -n 40 "$work/$target.log"
        echo "FAILED: $target; the input is below target/fuzz/found/$target"
        return 1
    fi
    printf '%-12s %12s executions in %s s\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")" "$seconds"
}

# One target on each processor; a target uses one thread.
at_once="$(nproc)"
running=()
status=0
finish() {
    local one
    for one in "${running[@]}"; do wait "$one" || status=1; done
    running=()
}
for target in "$@"; do
    fuzz "$target" &
    running+=("$!")
    [ "${#running[@]}" -lt "$at_once" ] || finish
done
finish
exit "$status"
