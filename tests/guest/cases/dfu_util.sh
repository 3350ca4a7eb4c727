# dfu-util 0.11, an independent host, on the same simulated boards: tests the simulator against
# another implementation of the protocol, and our files against another reader.
# Sourced by in_guest.sh.

lists_alternates() {
    dfu-util -l | tee list
    equal "$(grep -c "path=\"${board_place[$1]}\"" list)" "$2"
    grep -F "name=\"${board_layout[$1]}\"" list
}

# dfu-util reads what upfuse wrote.
dfu_util_reads() {
    "$upfuse" upgrade "$2" --device "${board_place[$1]}" --no-start
    flash_of "$1" now.bin
    rm -f back.bin
    dfu_util -p "${board_place[$1]}" -a 0 -s "0x08000000:$(stat -c %s now.bin)" -U back.bin
    cmp now.bin back.bin
    flash_py holds back.bin "$2"
}

# Upfuse verifies and reads what dfu-util wrote; dfu-util writes the file that upfuse read.
upfuse_verifies_and_reads() {
    "$upfuse" verify "$2" --device "${board_place[$1]}"
    rm -f ours.dfu
    "$upfuse" read ours.dfu --device "${board_place[$1]}"
    flash_py holds "${board_dir[$1]}/flash.bin" ours.dfu
    dfu_util_writes "$1" ours.dfu
}

flash_py make dfu other.dfu 21 0x08000000+30001 0x08010000+40000

plug f407 --old-firmware
check "dfu-util lists the four alternate settings of an f407" lists_alternates "$board" 4
check "dfu-util writes an f407" dfu_util_writes "$board" other.dfu
check "upfuse verifies and reads what dfu-util wrote; dfu-util writes our file" upfuse_verifies_and_reads "$board" other.dfu
if have_firmware "dfu-util: MicroPython"; then
    check "dfu-util reads what upfuse wrote to an f407" dfu_util_reads "$board" "$firmware/micropython-f407.dfu"
fi
unplug "$board"
plug g474 --old-firmware
check "dfu-util writes a g474" dfu_util_writes "$board" other.dfu
check "dfu-util reads what upfuse wrote to a g474" dfu_util_reads "$board" other.dfu
unplug "$board"
plug f072 --old-firmware
check "dfu-util writes an f072" dfu_util_writes "$board" other.dfu
check "dfu-util reads what upfuse wrote to an f072" dfu_util_reads "$board" other.dfu
unplug "$board"
