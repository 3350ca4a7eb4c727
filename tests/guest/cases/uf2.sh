# UF2 files: for one family, for several, and in parts with a restart of the board between them. The
# flash is compared byte for byte.
# Sourced by in_guest.sh.

# writes_binary NUMBER FILE BINARY [OPTION...]: an upgrade with FILE writes BINARY and changes nothing
# else.
writes_binary() {
    local number="$1" file="$2" binary="$3"
    shift 3
    flash_of "$number" before.bin
    job "$number" upgrade "$file" --no-start "$@"
    equal "$(field bytes_verified <report)" "$(stat -c %s "$binary")"
    flash_of "$number" after.bin
    flash_py upgraded "${board_layout[$number]}" before.bin after.bin "$binary"
    equal "$(counter "$number" defects)" 0
}

converted() {
    "$upfuse" convert one.bin@0x08000000 -o converted.uf2 --family STM32F407
    cmp one.uf2 converted.uf2
}

# Nothing says which of the two is the board's.
refuses_to_choose() {
    exits 7 "$upfuse" upgrade "$1" --device "${board_place[board]}" --json >events
    equal "$(grep '"event":"finished"' events | field code)" several-families
}

# in_parts FILE: one job writes both parts; the board leaves and is attached again between them.
in_parts() {
    local place="${board_place[board]}" began
    flash_of "$board" before.bin
    job "$board" upgrade "$1" --no-start &
    local running=$!
    wait_until 240 is_gone "$board" || die "the board does not leave"
    began="$EPOCHREALTIME"
    attach "$board"
    printf 'attached again in %s s\n' "$(since "$began")"
    # A job waits for its board where that was.
    equal "${board_place[board]}" "$place"
    wait "$running"
    cat events
    equal "$(grep -o '"event":"part".*' events | sed 's/.*"part":\([0-9]*\),"parts":\([0-9]*\).*/\1 of \2/')" \
        $'1 of 2\n2 of 2'
    equal "$(field bytes_verified <report)" $((boot_length + rest_length))
    flash_of "$board" after.bin
    flash_py upgraded "${board_layout[board]}" before.bin after.bin boot.bin
    no_defects
}

# writes_second_part FILE BINARY: the board is in its second bootloader, and its internal flash stays.
writes_second_part() {
    flash_of "$board" before.bin
    job "$board" upgrade "$1" --part 2 --no-start
    equal "$(field sectors_erased <report)" 2
    rm -f second.bin
    job "$board" read second.bin --target 1 --range "0x90000000+$(stat -c %s "$2")"
    cmp second.bin "$2"
    flash_of "$board" after.bin
    cmp before.bin after.bin
    no_defects
}

# is_left_between FILE: the board does not come back, and the job ends with what the board holds.
is_left_between() {
    exits 10 "$upfuse" upgrade "$1" --device "${board_place[board]}" --no-start --json >events
    cat events
    equal "$(grep '"event":"finished"' events | field code)" timed-out
    grep '"event":"note"' events | grep -F 'Part 1 of 2 is on the board; nothing of part 2 was written'
    equal "$("$upfuse" list --json)" "[]"
}

# continues FILE: after a power cycle, the same upgrade writes only the part that is missing.
continues() {
    in_parts "$1"
    equal "$(field bytes_matched <report)" "$boot_length"
    equal "$(field bytes_written <report)" "$rest_length"
}

# Each bootloader counts its own.
no_defects() {
    wait_until_idle "$board"
    equal "$(grep -c '"defects":[1-9]' "${board_dir[board]}/events")" 0
}

reads_both_parts() {
    rm -f first.bin second.bin
    job "$board" read first.bin --range "0x08000000+$boot_length"
    job "$board" read second.bin --target 1 --range "0x90000000+$rest_length"
    cmp first.bin boot.bin
    cmp second.bin rest.bin
    job "$board" verify radio.uf2 --part 2
}

dfu_util_reads_both_parts() {
    rm -f first.bin second.bin
    dfu-util -l | tee list
    equal "$(grep -c "path=\"${board_place[board]}\"" list)" 2
    grep -F "name=\"${board_layout[board]}\"" list
    grep -F 'name="@External Flash   /0x90000000/128*064Kg"' list
    dfu_util -p "${board_place[board]}" -a 0 -s "0x08000000:$boot_length" -U first.bin
    dfu_util -p "${board_place[board]}" -a 1 -s "0x90000000:$rest_length" -U second.bin
    cmp first.bin boot.bin
    cmp second.bin rest.bin
}

flash_py make bin one.bin 81 0x08000000+61440
flash_py make bin other.bin 82 0x08000000+20001
flash_py uf2 one.uf2 0x6D0922FA 0x08000000=one.bin
flash_py uf2 other.uf2 0x57755A57 0x08000000=other.bin
cat one.uf2 other.uf2 >both.uf2

plug f407 --old-firmware
check "a .uf2 is converted to the bytes of an independent writer" converted
check "f407: a .uf2 for its family" writes_binary "$board" one.uf2 one.bin
check "7: f407: two families that may be the board's" refuses_to_choose both.uf2
check "f407: one of two families chosen" writes_binary "$board" both.uf2 other.bin --family STM32F4
unplug "$board"

boot_length=60001
rest_length=150001
flash_py make bin boot.bin 83 "0x08000000+$boot_length"
flash_py random rest.bin 84 "$rest_length"
flash_py uf2 radio.uf2 0 0x08000000=boot.bin 0x90000000=rest.bin
flash_py random later.bin 85 100000
flash_py uf2 later.uf2 0 0x08000000=one.bin 0x90000000=later.bin

plug edgetx-h7 --old-firmware
check "edgetx-h7: a .uf2 in two parts, attached again between them" in_parts radio.uf2
check "edgetx-h7: both parts read, and the second verified" reads_both_parts
check "edgetx-h7: dfu-util lists the board, and reads the same" dfu_util_reads_both_parts
check "edgetx-h7: another second part alone" writes_second_part later.uf2 later.bin
unplug "$board"

plug edgetx-h7 --old-firmware
check "10: edgetx-h7: a board that is not back for the second part" is_left_between radio.uf2
unplug "$board"
flash_from="${board_dir[$board]}/flash.bin" plug edgetx-h7
check "edgetx-h7: the same upgrade continues" continues radio.uf2
check "edgetx-h7: both parts read after that" reads_both_parts
unplug "$board"
