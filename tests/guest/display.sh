# A display without a screen, for the window. Sourced, never run; works in the guest and outside.

display_packages=(xvfb xdotool imagemagick libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1
    libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0)

# start_display WIDTH HEIGHT [XVFB-ARGUMENT...]: starts Xvfb on a free display number and exports
# DISPLAY.
start_display() {
    local numbers screen="$1x$2x24"
    shift 2
    numbers="$(mktemp)"
    # -noreset: otherwise the server restarts, and refuses clients, when the last client leaves.
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

# screenshot FILE: saves the whole display as a PNG.
screenshot() { import -window root "$1"; }

# use_settings THEME: gives the window a new settings folder with this theme, so that the user's
# settings are neither read nor written.
use_settings() {
    XDG_CONFIG_HOME="$(mktemp -d)"
    export XDG_CONFIG_HOME
    mkdir -p "$XDG_CONFIG_HOME/upfuse"
    printf '{"theme":"%s"}\n' "$1" >"$XDG_CONFIG_HOME/upfuse/settings.json"
}

# open_window ARGUMENT...: starts the program and waits until its window is mapped. Without a window
# manager, the window must be given the focus.
open_window() {
    "$UPFUSE_BINARY" "$@" &
    window_process=$!
    wait_until 60 xdotool search --onlyvisible --name '^Upfuse' || die "no window appeared"
    window="$(xdotool search --onlyvisible --name '^Upfuse' | head -n 1)"
    xdotool windowfocus --sync "$window"
    # Away from buttons: hovering changes their colour.
    xdotool mousemove 0 0
}

close_window() {
    kill "$window_process" 2>/dev/null || true
    wait "$window_process" 2>/dev/null || true
}

# processor_ticks SECONDS: processor time that the open window uses in this time.
processor_ticks() {
    local before
    before="$(window_ticks)"
    sleep "$1"
    echo $(($(window_ticks) - before))
}
# utime and stime (proc(5)), after the program's name in parentheses.
window_ticks() { sed 's/.*) //' "/proc/$window_process/stat" | awk '{ print $12 + $13 }'; }

# window_wakes: how often its threads have slept and been woken so far.
window_wakes() {
    awk '$1 == "voluntary_ctxt_switches:" { sum += $2 } END { print sum + 0 }' \
        "/proc/$window_process/task/"*/status
}

# ticks_of COMMAND...: processor time that a command uses.
ticks_of() {
    local seconds TIMEFORMAT='%U %S'
    seconds="$({ time "$@" >/dev/null 2>&1; } 2>&1)"
    awk -v rate="$(getconf CLK_TCK)" '{ printf "%d\n", ($1 + $2) * rate }' <<<"$seconds"
}

# main_button: prints X Y of the middle of the main button in the dark theme, if it is enabled.
# Searches for its colour below the top bar.
main_button() {
    local found
    found="$(convert x:root -crop +0+60 +repage -fill black +opaque '#3069DB' \
        -fill white -opaque '#3069DB' -bordercolor black -border 1 -format '%@' info: 2>/dev/null)"
    # WIDTHxHEIGHT+X+Y in the cropped image with its border.
    [[ "$found" =~ ^([0-9]+)x([0-9]+)\+([0-9]+)\+([0-9]+)$ ]] || return 1
    [ "${BASH_REMATCH[1]}" -ge 200 ] && [ "${BASH_REMATCH[2]}" -ge 24 ] || return 1
    echo $((BASH_REMATCH[3] + BASH_REMATCH[1] / 2)) $((BASH_REMATCH[4] + 59 + BASH_REMATCH[2] / 2))
}

# click X Y
click() { xdotool mousemove "$1" "$2" sleep 0.3 click 1; }
