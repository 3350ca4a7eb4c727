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

# loses_board CODE BOARD N COMMAND...: at transfer N the cable is pulled, and the job fails with that
# error.
loses_board() {
    local code="$1" kind="$2" transfer="$3" status=0
    shift 3
    plug "$kind" --old-firmware --unplug-at "$transfer"
    torn="$board"
    "$upfuse" "$@" --device "${board_place[torn]}" --json >events 2>stderr || status=$?
    cat stderr
    grep -E '"event":"(phase|note|finished)"' events
    wait_until 20 is_gone "$torn"
    kill "${board_server[torn]}" && wait "${board_server[torn]}" || true
    grep '"event":"finished"' events >report
    equal "$status" 8
    equal "$(field outcome <report)" failed
    equal "$(field code <report)" "$code"
    grep -q '"advice":\["' report
}

# repaired BOARD: a new server continues with the flash that is left, and an upgrade repairs it.
repaired() {
    flash_from="${board_dir[$torn]}/flash.bin" plug "$1"
    job "$board" upgrade small.dfu --no-start
    flash_of "$board" after.bin
    flash_py holds after.bin small.dfu
    unplug "$board"
}

# pulled PHASE N COMMAND...: the job ends in that phase, and an upgrade repairs the board.
pulled() {
    local phase="$1" transfer="$2"
    shift 2
    loses_board unplugged f767 "$transfer" "$@"
    equal "$(grep '"event":"phase"' events | tail -n 1 | field phase)" "$phase"
    # What the last note says of the board must not be more than is known.
    if [ "$phase" = compare ] || [ "$phase" = read ]; then
        grep '"event":"note"' events | grep -q 'Nothing on the board was changed'
    fi
    repaired f767
}

# pulled_unprotecting CODE N NOTE: what the last note says is true of a board that was read-protected.
pulled_unprotecting() {
    loses_board "$1" f407-protected "$2" unprotect --yes
    grep '"event":"note"' events | tail -n 1 | grep -F "$3"
    case "$3" in
    Nothing*) flash_py same "${board_layout[$torn]}" protected.bin "${board_dir[$torn]}/flash.bin" ;;
    esac
    repaired f407
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
check "unplugged at the command to erase all" pulled erase 3 erase --all --yes
check "unplugged as it begins to erase all" pulled erase 4 erase --all --yes
check "unplugged while an erase of all is verified" pulled verify 60 erase --all --yes

# Transfer 3 is the command, 4 the GETSTATUS that starts it.
plug f407-protected --old-firmware
flash_of "$board" protected.bin
unplug "$board"
# A board that resets itself at the end is expected to leave, and to come back.
unchanged="Nothing on the board was changed"
unknown="Whether the read protection was removed and the memory erased is not known"
check "unplugged before read protection is removed" pulled_unprotecting unplugged 2 "$unchanged"
check "unplugged at the command to remove it" pulled_unprotecting lost-contact 3 "$unknown"
check "unplugged as its removal begins" pulled_unprotecting lost-contact 4 "$unknown"
check "unplugged while its removal erases" pulled_unprotecting lost-contact 12 "$unknown"
