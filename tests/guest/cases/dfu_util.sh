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

# Records, made at the board. The copies in $UPFUSE_SHARE/records belong into tests/it/records, where
# the simulated boards are held to them.
mkdir -p "$UPFUSE_SHARE/records"
dfu_util_small() { dfu_util -p "${board_place[$1]}" -a 0 -D small.dfu; }
upfuse_small() { "$upfuse" upgrade small.dfu --device "${board_place[$1]}" --no-start; }
# is_record FILE: a whole record of downloads, which lists its board again.
is_record() {
    grep -F '"side":"device"' "$1"
    grep -F '"request":"DNLOAD"' "$1" | tail -n 3 | cut -c 1-200
    "$upfuse" --replay "$1" list --json | grep -F '"pid":"df11"'
    cp "$1" "$UPFUSE_SHARE/records/"
}
# What the board saw is what the program did.
replays() { "$upfuse" --replay "$1" --replay-tolerant upgrade small.dfu --no-start; }

flash_py make dfu small.dfu 22 0x08000000+3001
for name in f407 f072; do
    plug "$name" --record "$name-dfu-util.jsonl" --record-data
    check "dfu-util writes a small file to an $name" dfu_util_small "$board"
    unplug "$board"
    check "its traffic with the $name is a record" is_record "$name-dfu-util.jsonl"
done
plug f072 --record f072-ours.jsonl --record-data
check "upfuse writes a small file to an f072" upfuse_small "$board"
unplug "$board"
check "the record of that, made at the board, answers the same command" replays f072-ours.jsonl
