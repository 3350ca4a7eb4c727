# The cable is pulled in each phase of each job. Transfers first break with EPROTO, as they do on
# Linux until the hub notices. The board is of a kind whose transfers are the same in each run.
# Sourced by in_guest.sh.

# The transfers of a job that runs to its end: $clean has a line for each.
clean_run() {
    : >"${board_dir[board]}/transfers"
    "$@" --device "${board_place[board]}" --json >events
    wait_until_idle "$board"
    cp "${board_dir[board]}/transfers" clean
}

# nth_line PATTERN N: the number of the Nth line of that kind in ./clean.
nth_line() { grep -nE "$1" clean | sed -n "${2}p" | cut -d: -f1; }

# pulled PHASE N COMMAND...: at transfer N the cable is pulled, and the job ends in that phase. Then a
# new server continues with the flash that is left, and an upgrade repairs the board.
pulled() {
    local phase="$1" transfer="$2" status=0 torn
    shift 2
    plug f767 --old-firmware --unplug-at "$transfer"
    torn="$board"
    "$upfuse" "$@" --device "${board_place[torn]}" --json >events 2>stderr || status=$?
    cat stderr
    grep -E '"event":"(phase|note|finished)"' events
    wait_until 20 is_gone "$torn"
    kill "${board_server[torn]}" && wait "${board_server[torn]}" || true
    grep '"event":"finished"' events >report
    equal "$status" 8
    equal "$(field outcome <report)" failed
    equal "$(field code <report)" unplugged
    grep -q '"advice":\["' report
    equal "$(grep '"event":"phase"' events | tail -n 1 | field phase)" "$phase"
    # What the last note says of the board must not be more than is known.
    if [ "$phase" = compare ] || [ "$phase" = read ]; then
        grep '"event":"note"' events | grep -q 'Nothing on the board was changed'
    fi
    flash_from="${board_dir[torn]}/flash.bin" plug f767
    job "$board" upgrade small.dfu --no-start
    flash_of "$board" after.bin
    flash_py holds after.bin small.dfu
    unplug "$board"
}

flash_py program small.dfu 71 0x08000000 40000

plug f767 --old-firmware
clean_run "$upfuse" upgrade small.dfu
unplug "$board"
written="$(nth_line 'DNLOAD value=([2-9]|[1-9][0-9])' 1)"
compared="$(grep -nE 'UPLOAD' clean | cut -d: -f1 | awk -v w="$written" '$1 < w' | tail -n 1)"
verified="$(grep -nE 'UPLOAD' clean | cut -d: -f1 | awk -v w="$written" '$1 > w' | sed -n 3p)"
left="$(nth_line 'DNLOAD value=0 length=0 ' 1)"
check "unplugged while it compares" pulled compare "$compared" upgrade small.dfu
check "unplugged at the command to erase" pulled erase $((compared + 2)) upgrade small.dfu
check "unplugged while it erases" pulled erase $((compared + 4)) upgrade small.dfu
check "unplugged at the first block" pulled write "$written" upgrade small.dfu
check "unplugged while it writes" pulled write $((written + 8)) upgrade small.dfu
check "unplugged while it verifies" pulled verify "$verified" upgrade small.dfu
check "unplugged before the start of the program" pulled start $((left - 2)) upgrade small.dfu
check "unplugged while it reads" pulled read 20 read torn.bin
check "a torn read leaves no file" test ! -e torn.bin
check "unplugged while a range is erased" pulled erase 8 erase --range 0x08000000+100K --yes
check "unplugged while all is erased" pulled erase 5 erase --all --yes
check "unplugged while an erase is verified" pulled verify 60 erase --range 0x08000000+100K --yes
