# What is on the bus, and what the person is told: many identities at the same time, and boards that
# refuse or fail in ways of their own.
# Sourced by in_guest.sh.

# entry NUMBER: its object of list.json.
entry() { sed 's/{"id":/\n&/g' list.json | grep -F "{\"id\":\"${board_place[$1]}\","; }

# states NUMBER STATE [WORDS]: as the list has it, with advice that says these words.
states() {
    entry "$1" >found
    equal "$(field state <found)" "$2"
    [ $# -lt 3 ] || grep -F "$3" found
}

all_stated() {
    "$upfuse" list --json >list.json
    local kind
    for kind in "${!wanted[@]}"; do
        echo "$kind"
        states "${number_of[$kind]}" ${wanted[$kind]}
    done
    states "${number_of[st-link]}" debug-probe "target's own USB connector"
    states "${number_of[vcp]}" application "BOOT0"
    states "${number_of[micropython]}" application "machine.bootloader()"
    states "${number_of[runtime]}" run-time "Enter DFU mode"
    "$upfuse" list
    "$upfuse" doctor
}

stated_to_nobody() {
    as_nobody "$upfuse" list --json >list.json
    states "${number_of[f407]}" no-access "rule"
    states "${number_of[f072]}" no-access "rule"
    # No permission is needed to see what these are.
    states "${number_of[st-link]}" debug-probe
    as_nobody "$upfuse" doctor
}

shown_in_the_window() {
    start_display 1100 760
    use_settings "$1"
    open_window
    trap 'close_window; stop_display' EXIT
    sleep 8
    photograph "$UPFUSE_SHARE/screenshots/diagnosis-$1.png"
}

# returns_after COMMAND...: the board leaves the bus over it, and comes back.
returns_after() {
    local status=0
    "$upfuse" "$@" --device "${board_place[board]}" &
    local job=$!
    wait_until 30 is_gone "$board"
    attach "$board"
    wait "$job" || status=$?
    equal "$status" 0
    "$upfuse" list --json >list.json
    states "$board" ready
}

is_protected() {
    local out
    exits 7 "$upfuse" upgrade any.dfu --device "${board_place[board]}" >out 2>&1
    cat out
    grep -i "protect" out
}

is_erased() {
    flash_of "$board" after.bin
    flash_py blank blank.bin "$(stat -c %s after.bin)"
    cmp blank.bin after.bin
    exits 0 "$upfuse" upgrade any.dfu --device "${board_place[board]}" --no-start
    flash_of "$board" after.bin
    flash_py holds after.bin any.dfu
}

mkdir -p "$UPFUSE_SHARE/screenshots"
flash_py make dfu any.dfu 61 0x08000000+30000
flash_py make bin any.bin 61 0x08000000+30000

declare -A number_of wanted=(
    [f407]=ready [f407-error]=ready [f072]=ready [gd32vf103]=ready [st-link]=debug-probe
    [vcp]=application [micropython]=application [ch340]=application [cp2102]=application
    [runtime]=run-time [mp1]=ready [dfu11]=ready
)
for kind in "${!wanted[@]}"; do
    plug "$kind"
    number_of[$kind]=$board
done
check "12 devices at the same time, each by what it is" all_stated
check "the same for somebody without permission" stated_to_nobody
check "the window shows them, light" shown_in_the_window light
check "the window shows them, dark" shown_in_the_window dark
check "7: partitions are not flash at an address" \
    exits 7 "$upfuse" upgrade any.bin --at 0x08000000 --device "${board_place[${number_of[mp1]}]}"
check "a board that starts in dfuERROR is upgraded" \
    exits 0 "$upfuse" upgrade any.dfu --device "${board_place[${number_of[f407-error]}]}" --no-start
for kind in "${!wanted[@]}"; do unplug "${number_of[$kind]}"; done

plug runtime
check "a program with a run-time DFU interface enters DFU mode" returns_after detach
unplug "$board"
plug f407-protected --old-firmware
check "7: read protection is called by its name" is_protected
check "read protection removed" returns_after unprotect --yes
check "everything is erased then, and an upgrade works" is_erased
unplug "$board"
plug f407-bad-write --old-firmware
check "9: a bit that was written wrong is found" \
    exits 9 "$upfuse" upgrade any.dfu --device "${board_place[board]}" --no-start
unplug "$board"
