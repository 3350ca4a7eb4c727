# Discovery and diagnosis: many kinds of devices at the same time, and boards that refuse or fail.
# Sourced by in_guest.sh.

# entry NUMBER: the board's object in list.json.
entry() { sed 's/{"id":/\n&/g' list.json | grep -F "{\"id\":\"${board_place[$1]}\","; }

# has_state NUMBER STATE [TEXT]: list.json has this state, and advice that contains TEXT.
has_state() {
    entry "$1" >found
    equal "$(field state <found)" "$2"
    [ $# -lt 3 ] || grep -F "$3" found
}

all_states_listed() {
    "$upfuse" list --json >list.json
    local kind
    for kind in "${!wanted[@]}"; do
        echo "$kind"
        has_state "${number_of[$kind]}" ${wanted[$kind]}
    done
    has_state "${number_of[st-link]}" debug-probe "target's own USB connector"
    has_state "${number_of[vcp]}" application "BOOT0"
    has_state "${number_of[micropython]}" application "machine.bootloader()"
    has_state "${number_of[runtime]}" run-time "Enter DFU mode"
    "$upfuse" list
    "$upfuse" doctor
}

states_without_permission() {
    as_nobody "$upfuse" list --json >list.json
    has_state "${number_of[f407]}" no-access "rule"
    has_state "${number_of[f072]}" no-access "rule"
    # Identifying these needs no permission.
    has_state "${number_of[st-link]}" debug-probe
    as_nobody "$upfuse" doctor
}

window_shows_boards() {
    start_display 1100 760
    use_settings "$1"
    open_window
    trap 'close_window; stop_display' EXIT
    sleep 8
    screenshot "$UPFUSE_SHARE/screenshots/diagnosis-$1.png"
}

# returns_after COMMAND...: the board disconnects and returns in DFU mode.
returns_after() {
    local status=0
    "$upfuse" "$@" --device "${board_place[board]}" &
    local job=$!
    wait_until 30 is_gone "$board"
    attach "$board"
    wait "$job" || status=$?
    equal "$status" 0
    "$upfuse" list --json >list.json
    has_state "$board" ready
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
check "12 devices at the same time, each with its state" all_states_listed
check "the same for a user without permission" states_without_permission
check "the window shows them, light" window_shows_boards light
check "the window shows them, dark" window_shows_boards dark
check "7: partitions are not flash at an address" \
    exits 7 "$upfuse" upgrade any.bin --at 0x08000000 --device "${board_place[${number_of[mp1]}]}"
check "a board that starts in dfuERROR is upgraded" \
    exits 0 "$upfuse" upgrade any.dfu --device "${board_place[${number_of[f407-error]}]}" --no-start
for kind in "${!wanted[@]}"; do unplug "${number_of[$kind]}"; done

plug runtime
check "a program with a run-time DFU interface enters DFU mode" returns_after detach
unplug "$board"
plug f407-protected --old-firmware
check "7: read protection is reported" is_protected
check "read protection removed" returns_after unprotect --yes
check "that erased everything, and an upgrade works" is_erased
unplug "$board"
plug f407-bad-write --old-firmware
check "9: a wrongly written bit is found" \
    exits 9 "$upfuse" upgrade any.dfu --device "${board_place[board]}" --no-start
unplug "$board"
