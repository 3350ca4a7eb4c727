#!/bin/bash
# Saves pictures of every screen, with simulated boards, to target/screenshots. With --update the
# pictures in assets/screenshots, which the README shows, are replaced too.
#
#   tests/tools/screenshots.sh [--update] [PROGRAM]      default: target/release/upfuse
#
# Needs Xvfb, xdotool, ImageMagick, and micropython-f407.dfu in UPFUSE_TEST_FIRMWARE or
# ../shared/firmware.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

update=false
if [ "${1:-}" = --update ]; then
    update=true
    shift
fi
program=${1:-target/release/upfuse}
firmware=${UPFUSE_TEST_FIRMWARE:-../shared/firmware}/micropython-f407.dfu
out=target/screenshots
for needed in Xvfb xdotool import convert; do
    command -v "$needed" >/dev/null || { echo "skipped: $needed is not installed"; exit 0; }
done
[ -f "$firmware" ] || { echo "skipped: there is no $firmware"; exit 0; }
mkdir -p "$out"

work=$(mktemp -d)
children=()
finish() {
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

# A new display with a free number.
exec 3>"$work/display"
Xvfb -displayfd 3 -noreset -screen 0 1600x1200x24 2>/dev/null &
children+=($!)
for _ in $(seq 50); do [ -s "$work/display" ] && break; sleep 0.1; done
export DISPLAY=":$(cat "$work/display")" LIBGL_ALWAYS_SOFTWARE=1
export XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data"

# open THEME WIDTH HEIGHT SCALE ARGUMENTS…
open() {
    local theme=$1 width=$2 height=$3 scale=$4
    shift 4
    rm -rf "$XDG_CONFIG_HOME" "$XDG_DATA_HOME"
    mkdir -p "$XDG_CONFIG_HOME/upfuse"
    # With start=false, boards stay in DFU mode, so that the flash can be read.
    printf '{"theme":"%s","options":{"start":%s},"backup_folder":"%s"}' "$theme" "$start" "$work" >"$XDG_CONFIG_HOME/upfuse/settings.json"
    WINIT_X11_SCALE_FACTOR=$scale "$program" "$@" &
    child=$!
    children+=("$child")
    window=$(timeout 30 xdotool search --sync --onlyvisible --name '^Upfuse$' | tail -1)
    xdotool windowsize --sync "$window" "$width" "$height"
    xdotool windowfocus --sync "$window"
    sleep 1.5
}
press() {
    for keys in "$@"; do xdotool key --window 0 "$keys"; sleep 0.4; done
}
snap() {
    # Away from anything with a tooltip.
    xdotool mousemove 1590 1190
    sleep 0.4
    import -window "$window" png:- |
        convert - -strip +dither -colors 255 -define png:compression-level=9 "$out/$1.png"
    echo "$out/$1.png"
}
close() {
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
}

start=true
for theme in light dark; do
    open "$theme" 1100 680 1 --simulate f407 "$firmware"
    snap "ready-$theme"
    press ctrl+Return
    sleep 1
    snap "upgrading-$theme"
    sleep 9
    snap "upgraded-$theme"
    press ctrl+5
    snap "log-$theme"
    close

    open "$theme" 1100 680 1 --simulate f407
    snap "first-$theme"
    press ctrl+3 ctrl+i
    snap "details-$theme"
    press Escape F1
    snap "shortcuts-$theme"
    close

    start=false open "$theme" 1100 680 1 --simulate f407 "$firmware"
    press ctrl+Return
    sleep 7
    press ctrl+3
    # The button Read.
    xdotool mousemove 395 265 click 1
    sleep 4
    snap "read-$theme"
    press ctrl+4 ctrl+shift+o
    xdotool type --window 0 "$(realpath "$firmware")"
    press Return
    sleep 1
    snap "files-$theme"
    close

    # Boards that pass, one that the file is not for, one that fails, one without permission.
    open "$theme" 1100 680 1 --simulate f407 --simulate f407 --simulate f072 --simulate f407 \
        --simulate f407-bad-write --simulate f407 --simulate f407-no-access --simulate f407 "$firmware"
    press ctrl+b
    snap "batch-question-$theme"
    press Tab space
    sleep 3
    snap "batch-running-$theme"
    sleep 9
    snap "batch-$theme"
    close

    open "$theme" 1100 680 1 --simulate f072 "$firmware"
    snap "does-not-fit-$theme"
    # The board's menu, and Unplug in it.
    xdotool mousemove 249 119 click 1
    sleep 0.6
    snap "board-menu-$theme"
    press Escape
    close

    open "$theme" 1100 680 1 --simulate f407
    press ctrl+3
    # The tab, its button, then BOR_LEV and the third other value.
    xdotool mousemove 698 92 click 1 sleep 0.6 mousemove 430 155 click 1 sleep 2
    xdotool mousemove 560 190 click 1 sleep 0.6 mousemove 500 342 click 1 sleep 0.6
    snap "option-bytes-$theme"
    close

    # From a running program to a verified upgrade.
    open "$theme" 1100 680 1 --simulate micropython "$firmware"
    snap "running-$theme"
    press ctrl+Return
    snap "enter-dfu-question-$theme"
    press Tab space
    sleep 1
    snap "entering-dfu-$theme"
    sleep 12
    snap "entered-and-upgraded-$theme"
    close

    open "$theme" 1100 680 1 --simulate f407-no-access "$firmware"
    snap "diagnosis-$theme"
    close

    open "$theme" 720 480 1 --simulate l475 "$firmware"
    snap "smallest-$theme"
    close

    open "$theme" 1600 1200 2 --simulate l475 "$firmware"
    snap "200-percent-$theme"
    close
done

if $update; then
    for shown in assets/screenshots/*.png; do
        cp "$out/${shown##*/}" "$shown"
        echo "$shown"
    done
fi
