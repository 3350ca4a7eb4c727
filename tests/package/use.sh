#!/bin/bash
# Uses the installed program as an ordinary user: a command, and an upgrade in the window by opening a
# file. Runs inside the plain system; try_linux.sh starts it.
#
#   use.sh PROGRAM VERSION FIRMWARE PICTURE
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/guest/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/guest/display.sh"
program="$1" version="$2" firmware="$3" picture="$4"

command_line() {
    [ "$("$program" --version | head -n 1)" = "upfuse $version" ] || die "another version: $("$program" --version)"
    "$program" --simulate f407 upgrade "$firmware" >upgraded 2>&1 || { cat upgraded; die "not upgraded"; }
    tail -n 1 upgraded
}

# The background of a result that is good, in the dark theme (src/gui/theme.rs).
has_succeeded() {
    local pixels
    pixels="$(convert x:root -fill black +opaque '#18372A' -fill white -opaque '#18372A' \
        -format '%[fx:int(mean*w*h)]' info: 2>/dev/null)"
    [ "${pixels%.*}" -ge 4000 ]
}

# open COMMAND...: opens the file in the window, which upgrades a simulated board with a click.
open() {
    start_display 1100 760
    trap stop_display EXIT
    use_settings dark
    "$@" &
    wait_until 60 main_button || { import -window root "$picture"; die "no Upgrade button"; }
    sleep 1
    click $(main_button)
    xdotool mousemove 0 0
    wait_until 60 has_succeeded || { import -window root "$picture"; die "not upgraded in the window"; }
    import -window root "$picture"
    xdotool search --onlyvisible --name Upfuse windowfocus --sync key ctrl+q
    wait_until 20 no_window || die "the window does not close"
}
no_window() { ! xdotool search --onlyvisible --name Upfuse; }

command_line
if [ "$program" = upfuse ]; then
    # As a file manager does, by type and menu entry. Only the simulated board is added.
    mkdir -p "$HOME/bin"
    printf '#!/bin/sh\nexec /usr/bin/upfuse --simulate f407 "$@"\n' >"$HOME/bin/upfuse"
    chmod +x "$HOME/bin/upfuse"
    PATH="$HOME/bin:$PATH"
    open gio open "$firmware"
else
    open "$program" --simulate f407 "$firmware"
fi
