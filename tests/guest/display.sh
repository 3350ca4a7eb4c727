# A display without a screen, for the window. Sourced, never run; works in the guest and outside.

display_packages=(xvfb xdotool imagemagick libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1
    libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0)

# start_display WIDTH HEIGHT: starts Xvfb on a free display number and exports DISPLAY.
start_display() {
    local numbers
    numbers="$(mktemp)"
    Xvfb -displayfd 3 -screen 0 "$1x$2x24" -nolisten tcp >/dev/null 2>&1 3>"$numbers" &
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

# wait_until SECONDS COMMAND...: tries a command ten times a second until it succeeds.
wait_until() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

# photograph FILE: the whole display as a PNG.
photograph() { import -window root "$1"; }
