# Simulated boards on the guest's USB bus. Sourced, never run.
#
# Each plugged board has a number, beginning with 0. These arrays describe it:
#   board_name  board_place (as in 1-1)  board_layout (of its flash)  board_dir (flash.bin, counters.json)

upfuse="${UPFUSE_BINARY:?}"
boards_dir=/run/boards
board_name=() board_place=() board_layout=() board_dir=() board_server=() board_port=()

# plug BOARD [OPTION of upfuse simulate...]: starts a board on its own port and attaches it. Sets
# $board to its number. Its flash holds the file $flash_from, if that is set.
plug() {
    board=${#board_name[@]}
    local name="$1" dir="$boards_dir/$board"
    shift
    # A check runs in a subshell: what it plugged has left a folder, but no number.
    rm -rf "$dir"
    mkdir -p "$dir"
    [ -z "${flash_from:-}" ] || cp "$flash_from" "$dir/flash.bin"
    "$upfuse" simulate --board "$name" --port 0 --flash-file "$dir/flash.bin" --log "$dir/transfers" \
        --yes --json "$@" >"$dir/events" 2>"$dir/stderr" &
    board_server[board]=$!
    board_name[board]="$name"
    board_dir[board]="$dir"
    wait_until 20 grep -q serving "$dir/events" || die "upfuse simulate did not start: $(cat "$dir/stderr")"
    board_port[board]="$(sed -n '1s/.*"address":"127.0.0.1:\([0-9]*\)".*/\1/p' "$dir/events")"
    attach "$board"
    board_layout[board]="$(cat "/sys/bus/usb/devices/${board_place[board]}:1.0/interface" 2>/dev/null || true)"
}

# attach NUMBER: attaches a board to the bus and waits until the kernel has configured it.
attach() {
    local before
    before="$(places)"
    usbip --tcp-port "${board_port[$1]}" attach -r 127.0.0.1 -b 1-1 >>"${board_dir[$1]}/stderr" 2>&1
    wait_until 20 new_place "$before" || die "${board_name[$1]} did not appear on the bus"
    board_place[$1]="$(comm -13 <(printf '%s\n' "$before") <(places))"
}

# unplug NUMBER: ends its server and waits until the kernel has removed the device.
unplug() {
    kill "${board_server[$1]}" 2>/dev/null || true
    wait "${board_server[$1]}" 2>/dev/null || true
    unset "board_server[$1]"
    wait_until 20 is_gone "$1" || die "${board_name[$1]} is still on the bus"
}

is_gone() { [ ! -e "/sys/bus/usb/devices/${board_place[$1]}" ]; }
places() {
    local path
    for path in /sys/bus/usb/devices/*-*:1.0; do
        [ -e "$path" ] || continue
        path="${path##*/}"
        # Without the hubs (1-0:1.0 and so on).
        case "$path" in *-0:1.0) ;; *) printf '%s\n' "${path%:1.0}" ;; esac
    done | sort
}
new_place() { [ "$(places)" != "$1" ] && [ "$(places | wc -l)" -gt "$(printf '%s' "$1" | grep -c .)" ]; }

# wait_until_idle NUMBER: waits until flash.bin and counters.json include the last transfer.
wait_until_idle() {
    local events="${board_dir[$1]}/events" seen
    wait_until 20 is_idle "$1" || die "${board_name[$1]} did not become idle"
    seen="$(grep -E '"event":"(idle|released|finished)"' "$events" | tail -n 1)"
    printf '%s\n' "$seen" >"${board_dir[$1]}/counters.json"
}
is_idle() {
    local last
    last="$(tail -n 1 "${board_dir[$1]}/events")"
    case "$last" in *'"event":"idle"'* | *'"event":"released"'*) ;; *) return 1 ;; esac
    # A later transfer would add another line.
    sleep 0.4
    [ "$last" = "$(tail -n 1 "${board_dir[$1]}/events")" ]
}

flash_of() { wait_until_idle "$1"; cp "${board_dir[$1]}/flash.bin" "$2"; }
# counter NUMBER FIELD: one of the board's counters.
counter() { field "$2" <"${board_dir[$1]}/counters.json"; }
# field NAME: a value of the JSON object on stdin, at any level.
field() { sed -n "s/.*\"$1\":\(\"[^\"]*\"\|[^,}]*\).*/\1/p" | tr -d '"' | head -n 1; }

unplug_all() {
    local number
    for number in "${!board_server[@]}"; do
        kill "${board_server[$number]}" 2>/dev/null || true
        wait "${board_server[$number]}" 2>/dev/null || true
    done
}
