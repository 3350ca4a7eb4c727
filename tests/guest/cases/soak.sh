# Many processes on one board, one after the other: what the kernel and the board's server hold
# must not grow.
# Sourced by in_guest.sh.

processes="${UPFUSE_SOAK:-200}"

# Resident memory in KiB, threads and file descriptors of the board's server; open files and threads of
# the whole machine.
server_figures() {
    local process="/proc/${board_server[board]}"
    printf '%s %s %s %s %s\n' "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "$process/status")" \
        "$(sed -n 's/^Threads:[^0-9]*//p' "$process/status")" "$(ls "$process/fd" | wc -l)" \
        "$(cut -f 1 /proc/sys/fs/file-nr)" "$(sed 's/.*\/\([0-9]*\) .*/\1/' /proc/loadavg)"
}

# one_process N: upgrades with alternate files, so that each writes.
one_process() {
    "$upfuse" upgrade "soak-$(($1 % 2)).dfu" --device "${board_place[board]}" --no-start --json >events
    equal "$(grep '"event":"finished"' events | field outcome)" "done"
}

is_flat() {
    local n before after
    for n in 1 2 3 4 5 6; do one_process "$n"; done
    wait_until_idle "$board"
    before="$(server_figures)"
    for ((n = 0; n < processes; n++)); do one_process "$n"; done
    wait_until_idle "$board"
    after="$(server_figures)"
    echo "server's memory in KiB, threads, descriptors; open files, threads of all: before $before, after $after" | tee soak.figures
    set -- $before $after
    [ "$6" -le $(($1 + 1024)) ]
    equal "$7 $8" "$2 $3"
    [ "$9" -le $(($4 + 64)) ]
    # Those of the kernel come and go.
    [ "${10}" -le $(($5 + 10)) ]
}

flash_py make dfu soak-0.dfu 81 0x08000000+600
flash_py make dfu soak-1.dfu 82 0x08000000+600
plug f072 --old-firmware
check "$processes upgrades by $processes processes" is_flat
printf '      %s\n' "$(cat soak.figures)"
unplug "$board"
