#!/bin/bash
# Measures the window without a graphics card: seconds from its start until it is on the screen, and
# processor time while idle. Fails if either is noticeable.
#
#   tests/tools/window_cost.sh [PROGRAM]      default: the build of `cargo test`, which is slower than a release
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$guest_dir/display.sh"

need_packages "${display_packages[@]}"
[ $# -eq 0 ] || UPFUSE_BINARY="$1"
use_test_build

# Limits: seconds, best of five starts; clock ticks (10 ms) in ten seconds.
longest_start=0.3
most_ticks=2

start_display 1100 760
trap stop_display EXIT
use_settings dark
export LIBGL_ALWAYS_SOFTWARE=1

# seconds_to_map: starts the window, prints the seconds until it is mapped, and closes it.
seconds_to_map() {
    local from="$EPOCHREALTIME"
    "$UPFUSE_BINARY" --simulate f407 &
    window_process=$!
    until xdotool search --onlyvisible --name '^Upfuse' >/dev/null 2>&1; do
        kill -0 "$window_process" || die "the window ended"
    done
    awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }'
    close_window
}

starts=""
for _ in 1 2 3 4 5; do starts="$starts $(seconds_to_map)"; done
best="$(printf '%s\n' $starts | sort -n | head -n 1)"
printf 'on the screen after%s s\n' "$starts"

open_window --simulate f407
sleep 3
ticks="$(processor_ticks 10)"
close_window
printf 'processor time in 10 idle seconds with a board listed: %s of %s ticks\n' \
    "$ticks" "$((10 * $(getconf CLK_TCK)))"

awk -v seconds="$best" -v limit="$longest_start" 'BEGIN { exit seconds > limit }' ||
    die "the window took $best s to appear, more than $longest_start s"
[ "$ticks" -le "$most_ticks" ] || die "an idle window used $ticks ticks, more than $most_ticks"
