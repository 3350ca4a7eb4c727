# Each command with simulated boards and real files; the flash is compared byte for byte.
# Sourced by in_guest.sh.

# writes_nothing NUMBER FILE [AT]: the same file again erases and writes nothing.
writes_nothing() {
    local number="$1" file="$2" at="${3:-}"
    job "$number" upgrade "$file" ${at:+--at "$at"} --no-start
    equal "$(field sectors_erased <report)" 0
    equal "$(field bytes_written <report)" 0
}

listed() {
    "$upfuse" list --json >list.json
    local number
    for number in "$@"; do
        grep -F "\"id\":\"${board_place[$number]}\"" list.json
        grep -F "\"layout\":\"${board_layout[$number]}\"" list.json
    done
    equal "$(grep -o '"state":"ready"' list.json | wc -l)" $#
    "$upfuse" list
}

nothing_listed() { equal "$("$upfuse" list --json)" "[]"; }

# Two files are refused: a wrong checksum, and addresses that count 16-bit words and so overlap.
info_checks_files() {
    local file
    for file in "$firmware"/*.*; do
        case "$file" in
        *.md) ;;
        */bad_crc.s19 | */in_16bits_word.s19) exits 6 "$upfuse" info "$file" ;;
        *) exits 0 "$upfuse" info "$file" ;;
        esac
    done
}

erases_range() {
    flash_of "$1" before.bin
    job "$1" erase --range 0x08005000+60K --yes
    flash_of "$1" after.bin
    flash_py erased "${board_layout[$1]}" before.bin after.bin 0x08005000 61440
}

erases_all() {
    job "$1" erase --all --yes
    flash_of "$1" after.bin
    flash_py blank blank.bin "$(stat -c %s after.bin)"
    cmp blank.bin after.bin
}

# A backup holds the old contents of the sectors that the upgrade touched.
backs_up() {
    flash_of "$1" before.bin
    rm -f backup.dfu
    job "$1" upgrade "$2" --at "$3" --no-start --backup backup.dfu
    flash_py holds before.bin backup.dfu
    dfu-suffix -c backup.dfu
    job "$1" upgrade backup.dfu --no-start
    flash_of "$1" after.bin
    flash_py same "${board_layout[$1]}" before.bin after.bin
}

plans_only() {
    flash_of "$1" before.bin
    "$upfuse" upgrade "$2" --device "${board_place[$1]}" --dry-run
    flash_of "$1" after.bin
    cmp before.bin after.bin
}

both_upgraded() {
    "$upfuse" upgrade "$1" --all-devices --no-start --json >events
    equal "$(grep '"event":"finished"' events | grep -c '"outcome":"done"')" 2
    local number
    for number in "$f407" "$f411"; do
        flash_of "$number" after.bin
        flash_py holds after.bin "$1"
    done
}

check "nothing on the bus: an empty list" nothing_listed

flash_py make hex steps.hex 1 0x08003f00+512 0x0800fff0+66000 0x0802fff0+131104
flash_py make dfu parts.dfu 2 0x08000000+1000 0x08004000+16384 0x08060001+7
flash_py make s19 end.s19 3 0x080ff000+4096
flash_py make s19 half.s19 6 0x0807e400+7000
flash_py make bin whole.bin 4 0x08000000+131072
# No programs: one would be refused where it was not built for.
flash_py random odd.bin 5 4097
flash_py random banks.bin 7 131072

plug f407 --old-firmware
f407=$board
check "f407: listed with the layout of sysfs" listed "$f407"
check "f407: HEX across 16, 64 and 128 KiB sectors" writes_only "$f407" steps.hex
check "f407: the same file again writes nothing" writes_nothing "$f407" steps.hex
check "f407: DfuSe with three elements" writes_only "$f407" parts.dfu
check "f407: S-records up to the flash's last byte" writes_only "$f407" end.s19
check "f407: binary at an address, with an odd end" writes_only "$f407" odd.bin 0x08020000
check "f407: the rest of a sector kept" writes_only "$f407" odd.bin 0x08040100 --keep
check "f407: verified" job "$f407" verify end.s19
check "f407: a dry run changes nothing" plans_only "$f407" whole.bin
check "f407: a backup restores everything" backs_up "$f407" odd.bin 0x08008100
for extension in bin hex s19 dfu; do
    check "f407: read to .$extension" reads "$f407" "$extension"
done
check "f407: a range erased" erases_range "$f407"
if have_firmware "f407: MicroPython"; then
    check "f407: MicroPython's .dfu, two elements" writes_only "$f407" "$firmware/micropython-f407.dfu"
    plug f411 --old-firmware
    f411=$board
    check "f407 and f411: both at the same time" both_upgraded "$firmware/micropython-f407.dfu"
    unplug "$f411"
    check "f407: started, and gone from the bus" starts "$f407"
fi
unplug "$f407"

plug g474 --old-firmware
g474=$board
if have_firmware "g474: MicroPython"; then
    check "g474: MicroPython's .hex" writes_only "$g474" "$firmware/micropython-g474.hex"
    check "g474: the same as .bin writes nothing" writes_nothing "$g474" "$firmware/micropython-g474.bin" 0x08000000
    check "g474: the same as .dfu writes nothing" writes_nothing "$g474" "$firmware/micropython-g474.dfu"
    check "g474: one byte of it changed" bash -c "cp '$firmware/micropython-g474.bin' changed.bin &&
        chmod u+w changed.bin && '$guest_dir/flash.py' change changed.bin 100000"
    check "g474: only that sector is written" writes_only "$g474" changed.bin 0x08000000
fi
check "g474: all erased" erases_all "$g474"
unplug "$g474"

plug f072 --old-firmware
f072=$board
check "f072: the whole flash, to its last byte" writes_only "$f072" whole.bin 0x08000000
if have_firmware "f072: duckyPad"; then
    check "f072: duckyPad's .dfu, with bytes after the name's NUL" writes_only "$f072" "$firmware/duckypad-v3.0.4.dfu"
fi
unplug "$f072"

plug h743 --old-firmware
check "h743: binary in both banks" writes_only "$board" banks.bin 0x080f0000
unplug "$board"
plug l475 --old-firmware
check "l475: S-records in half of a page" writes_only "$board" half.s19
unplug "$board"
plug f767 --old-firmware
check "f767: HEX across 32, 128 and 256 KiB sectors" writes_only "$board" steps.hex
unplug "$board"

if have_firmware "info: each real file"; then
    check "info: reads each real file, and refuses the two wrong ones" info_checks_files
fi
