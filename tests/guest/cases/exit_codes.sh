# Every exit code that a real bus can cause.
# Sourced by in_guest.sh.

flash_py make bin small.bin 11 0x08000000+60000
flash_py make bin large.bin 12 0x08000000+1048577
flash_py make bin all.bin 13 0x08000000+1048576
printf 'S1137AF00A0A0D0000000000000000000000000062\n' >bad.s19

# A refusal does not change the flash.
refuses() {
    local wanted="$1" number="$2"
    shift 2
    flash_of "$number" before.bin
    exits "$wanted" "$@"
    flash_of "$number" after.bin
    cmp before.bin after.bin
}

unplugged_midway() {
    local at="$1"
    "$upfuse" upgrade all.bin --at 0x08000000 --device "$at" --json >events &
    local job=$! status=0
    wait_until 120 grep -q '"state":"erased"' events
    kill "${board_server[board]}"
    wait "$job" || status=$?
    equal "$status" 8
    equal "$(grep '"event":"finished"' events | field outcome)" failed
}

# Ctrl-C leaves the board idle, and the next upgrade does not write again what matches.
interrupted() {
    "$upfuse" upgrade all.bin --at 0x08000000 --no-start --json >events 2>stderr &
    local job=$! status=0
    wait_until 120 grep -q '"state":"written"' events
    kill -INT "$job"
    wait "$job" || status=$?
    cat stderr
    equal "$status" 130
    equal "$(grep '"event":"finished"' events | field outcome)" cancelled
    wait_until_idle "$board"
    equal "$(counter "$board" state)" dfuIDLE
    "$upfuse" upgrade all.bin --at 0x08000000 --no-start --json >events
    grep '"event":"finished"' events >report
    equal "$(field outcome <report)" "done"
    [ "$(field bytes_matched <report)" -gt 0 ]
    flash_of "$board" after.bin
    cmp all.bin after.bin
}

differs() {
    cp "$1" other.bin
    flash_py change other.bin 59999
    exits 9 "$upfuse" verify other.bin --at 0x08000000
}

# Another program has claimed the interface.
in_use() {
    "$guest_dir/transfer_cost.py" "${board_place[board]}" 100000 >cost &
    local other=$!
    sleep 3
    local status=0
    "$upfuse" upgrade small.bin --at 0x08000000 || status=$?
    kill "$other"
    wait "$other" || true
    equal "$status" 5
}

not_permitted() {
    as_nobody "$upfuse" list --json >list.json
    grep '"state":"no-access"' list.json
    exits 5 as_nobody "$upfuse" upgrade small.bin --at 0x08000000
}


check "2: wrong usage" exits 2 "$upfuse" upgrade
check "3: no board" exits 3 "$upfuse" upgrade small.bin --at 0x08000000
check "10: no board before the timeout" exits 10 "$upfuse" upgrade small.bin --at 0x08000000 --wait 1

plug f407 --old-firmware
check "6: a damaged file" refuses 6 "$board" "$upfuse" upgrade bad.s19
check "7: does not fit" refuses 7 "$board" "$upfuse" upgrade large.bin --at 0x08000000
check "7: outside of the flash" refuses 7 "$board" "$upfuse" upgrade small.bin --at 0x20000000
check "7: erasing is not confirmed" refuses 7 "$board" "$upfuse" erase --all </dev/null
check "5: not permitted" refuses 5 "$board" as_nobody "$upfuse" upgrade small.bin --at 0x08000000
check "5: not permitted, and listed as such" not_permitted
check "5: in use by another program" in_use
check "0: upgraded" exits 0 "$upfuse" upgrade small.bin --at 0x08000000 --no-start
check "0: verified" exits 0 "$upfuse" verify small.bin --at 0x08000000
check "9: verify finds one byte that differs" differs small.bin
check "130: interrupted, idle, and finished by the next upgrade" interrupted
first=$board
plug f072
check "4: two boards and no choice" exits 4 "$upfuse" verify small.bin --at 0x08000000
unplug "$board"
unplug "$first"

plug f767 --old-firmware
check "8: unplugged half-way" unplugged_midway "${board_place[board]}"
wait_until 20 is_gone "$board"
