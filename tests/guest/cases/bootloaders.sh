# Bootloaders in flash that other people publish: ST's OpenBootloader, ST's example on its device
# library, and an older MicroPython mboot. Each of our commands, and dfu-util on the same board.
# Sourced by in_guest.sh.

# erases NUMBER START LENGTH
erases() {
    flash_of "$1" before.bin
    job "$1" erase --range "$2+$3" --yes
    flash_of "$1" after.bin
    flash_py erased "${board_layout[$1]}" before.bin after.bin "$2" "$3"
}

# reads_as_dfu_util NUMBER: both read the same bytes, which are the flash.
reads_as_dfu_util() {
    rm -f ours.bin theirs.bin
    job "$1" read ours.bin --range 0x08000000+96K
    dfu_util -p "${board_place[$1]}" -a 0 -s 0x08000000:98304 -U theirs.bin
    cmp ours.bin theirs.bin
    flash_of "$1" now.bin
    cmp -n 98304 ours.bin now.bin
}

# refuses_its_own_sectors NUMBER FILE: nothing is erased where the bootloader itself is.
refuses_its_own_sectors() {
    flash_of "$1" before.bin
    exits 7 "$upfuse" upgrade "$2" --device "${board_place[$1]}"
    flash_of "$1" after.bin
    cmp before.bin after.bin
}

flash_py program at_start.dfu 60 0x08000000 5000

# try_bootloader BOARD START: with a program that begins at START.
try_bootloader() {
    local name="$1" start="$2" further
    further="$(printf '0x%x' $((start + 0x4100)))"
    flash_py program "$name.dfu" 61 "$start" 20001
    flash_py make hex "$name.hex" 62 "$further+9001"
    plug "$name" --old-firmware
    check "$name: listed with the layout of sysfs" grep -F "${board_layout[board]}" <("$upfuse" list --json)
    check "$name: a program at $start" writes_only "$board" "$name.dfu"
    check "$name: verified" job "$board" verify "$name.dfu"
    check "$name: HEX over the middle of it" writes_only "$board" "$name.hex"
    check "$name: read, by dfu-util too" reads_as_dfu_util "$board"
    check "$name: dfu-util writes" dfu_util_writes "$board" "$name.dfu"
    check "$name: what dfu-util wrote is verified" job "$board" verify "$name.dfu"
    check "$name: a range erased" erases "$board" "$further" 9001
    if [ "$start" != 0x08000000 ]; then
        check "$name: its own sectors refused" refuses_its_own_sectors "$board" at_start.dfu
    fi
    check "$name: the program again" writes_only "$board" "$name.dfu"
    check "$name: started, and gone from the bus" starts "$board"
    unplug "$board"
}

try_bootloader openbl 0x08004000
try_bootloader cube 0x0800c000
try_bootloader mboot 0x08000000
