# Boards that speak plain DFU 1.1, beside dfu-util 0.11: each program reads what the other wrote.
# Sourced by in_guest.sh.

# begins_with LONGER FILE: FILE, from its first byte to its last.
begins_with() { cmp -n "$(stat -c %s "$2")" "$1" "$2"; }

# holds NUMBER FILE: the board's memory, as its server wrote it down.
holds() {
    flash_of "$1" now.bin
    begins_with now.bin "$2"
    equal "$(counter "$1" defects)" 0
}

dfu_util_writes_plain() {
    dfu_util -p "${board_place[$1]}" -a 0 -D "$2"
    holds "$1" "$2"
}

dfu_util_reads_plain() {
    rm -f back.bin
    dfu_util -p "${board_place[$1]}" -a 0 -U back.bin
    begins_with back.bin "$2"
}

upfuse_writes_plain() {
    "$upfuse" upgrade "$2" --device "${board_place[$1]}" --target 0 "${@:3}"
    holds "$1" "$2"
}

# To .bin, and to a .dfu that dfu-util takes for this device.
upfuse_reads_plain() {
    rm -f ours.bin ours.dfu
    "$upfuse" verify "$2" --device "${board_place[$1]}" --target 0
    "$upfuse" read ours.bin --device "${board_place[$1]}"
    "$upfuse" read ours.dfu --device "${board_place[$1]}"
    flash_of "$1" now.bin
    cmp ours.bin now.bin
    dfu-suffix -c ours.dfu
    dfu_util -p "${board_place[$1]}" -a 0 -D ours.dfu
}

flash_py make bin one.bin 31 0x08000000+20001
flash_py make bin other.bin 32 0x08000000+30000

# The UNO R4's blocks of 64 bytes would take minutes here.
for name in dfu11; do
    plug "$name"
    check "upfuse writes an $name, and verifies it" upfuse_writes_plain "$board" one.bin --no-start
    check "dfu-util reads what upfuse wrote to an $name" dfu_util_reads_plain "$board" one.bin
    check "dfu-util writes an $name" dfu_util_writes_plain "$board" other.bin
    check "upfuse verifies and reads what dfu-util wrote to an $name" upfuse_reads_plain "$board" other.bin
    unplug "$board"
done
for name in dapboot embassy-boot maple; do
    plug "$name"
    case "$name" in maple) target=2 ;; *) target=0 ;; esac
    check "upfuse writes a $name" "$upfuse" upgrade one.bin --device "${board_place[$board]}" --target "$target"
    unplug "$board"
done
