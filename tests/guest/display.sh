# A display without a screen, for the window. Sourced, never run; works in the guest and outside.

display_packages=(xvfb xdotool imagemagick libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1
    libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0)

# start_display WIDTH HEIGHT [ARGUMENT...]: starts Xvfb, with further arguments of its own, on a
# free display number and exports DISPLAY.
start_display() {
    local numbers screen="$1x$2x24"
    shift 2
    numbers="$(mktemp)"
    # -noreset: else the server starts over, and refuses clients, whenever the last one leaves.
    Xvfb -displayfd 3 -noreset -screen 0 "$screen" -nolisten tcp "$@" >/dev/null 2>&1 3>"$numbers" &
    display_process=$!
    wait_until 30 test -s "$numbers" || die "Xvfb did not start"
    DISPLAY=":$(cat "$numbers")"
    export DISPLAY
    rm -f "$numbers"
}

stop_display() {
    kill "$display_process" 2>/dev/null || true
    wait "$display_process" 2>/dev/null || true
}

# photograph FILE: the whole display as a PNG.
photograph() { import -window root "$1"; }

# Where the window keeps its settings: a folder of its own with the theme asked for, so that
# nobody's settings are read or written.
use_settings() {
    XDG_CONFIG_HOME="$(mktemp -d)"
    export XDG_CONFIG_HOME
    mkdir -p "$XDG_CONFIG_HOME/upfuse"
    printf '{"theme":"%s"}\n' "$1" >"$XDG_CONFIG_HOME/upfuse/settings.json"
}

# open_window ARGUMENT...: starts the program's window and waits until it is mapped. There is no
# window manager, so the keyboard is handed to it.
open_window() {
    "$UPFUSE_BINARY" "$@" &
    window_process=$!
    wait_until 60 xdotool search --onlyvisible --name '^Upfuse' || die "no window appeared"
    window="$(xdotool search --onlyvisible --name '^Upfuse' | head -n 1)"
    xdotool windowfocus --sync "$window"
    # Not on a button: that has another colour then.
    xdotool mousemove 0 0
}

close_window() {
    kill "$window_process" 2>/dev/null || true
    wait "$window_process" 2>/dev/null || true
}

# processor_ticks SECONDS: processor time that the open window uses in so many seconds.
processor_ticks() {
    local before
    before="$(window_ticks)"
    sleep "$1"
    echo $(($(window_ticks) - before))
}
# utime and stime (proc(5)), behind the program's name in parentheses.
window_ticks() { sed 's/.*) //' "/proc/$window_process/stat" | awk '{ print $12 + $13 }'; }

# main_button: prints X Y of the middle of the big filled button of the dark theme, if it is
# there and enabled. Found by its colour, below the top bar with its icon.
main_button() {
    local found
    found="$(convert x:root -crop +0+60 +repage -fill black +opaque '#3069DB' \
        -fill white -opaque '#3069DB' -bordercolor black -border 1 -format '%@' info: 2>/dev/null)"
    # WIDTHxHEIGHT+X+Y, within what was cropped and bordered.
    [[ "$found" =~ ^([0-9]+)x([0-9]+)\+([0-9]+)\+([0-9]+)$ ]] || return 1
    [ "${BASH_REMATCH[1]}" -ge 200 ] && [ "${BASH_REMATCH[2]}" -ge 24 ] || return 1
    echo $((BASH_REMATCH[3] + BASH_REMATCH[1] / 2)) $((BASH_REMATCH[4] + 59 + BASH_REMATCH[2] / 2))
}

# click X Y
click() { xdotool mousemove "$1" "$2" sleep 0.3 click 1; }
