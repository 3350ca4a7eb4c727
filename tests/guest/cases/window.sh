# The window by mouse and by keyboard, on the guest's bus.
# Sourced by in_guest.sh.

shots="$UPFUSE_SHARE/screenshots"
mkdir -p "$shots"
flash_py make dfu mouse.dfu 31 0x08000000+100000 0x08040000+5000
flash_py make hex keys.hex 32 0x08008000+40000

holds_in_time() {
    flash_of "$1" now.bin
    flash_py holds now.bin "$2"
}

# upgraded_by HOW FILE: opens the window with a file, starts the upgrade, compares the flash.
upgraded_by() {
    local how="$1" file="$2"
    flash_of "$board" before.bin
    use_settings dark
    open_window "$file"
    trap close_window EXIT
    wait_until 60 main_button || { screenshot "$shots/no-button.png"; die "no Upgrade button to click"; }
    screenshot "$shots/$how-ready.png"
    case "$how" in
    mouse) click $(main_button) ;;
    keyboard) xdotool key ctrl+Return ;;
    esac
    sleep 2
    screenshot "$shots/$how-running.png"
    wait_until 90 holds_in_time "$board" "$file" || { screenshot "$shots/$how-failed.png"; die "not upgraded"; }
    sleep 3
    screenshot "$shots/$how-done.png"
    flash_of "$board" after.bin
    flash_py upgraded "${board_layout[board]}" before.bin after.bin "$file"
    equal "$(counter "$board" defects)" 0
}

# The window notices within seconds that a board is plugged in or unplugged.
appears_and_disappears() {
    use_settings dark
    open_window mouse.dfu
    trap close_window EXIT
    sleep 3
    screenshot "$shots/no-board.png"
    if main_button; then die "Upgrade is offered without a board"; fi
    plug f411
    wait_until 10 main_button || { screenshot "$shots/not-noticed.png"; die "the board was not noticed"; }
    screenshot "$shots/board-plugged.png"
    unplug "$board"
    wait_until 10 no_button || die "the unplugged board is still shown"
    screenshot "$shots/board-unplugged.png"
}
no_button() { ! main_button; }

# The worker scans the bus repeatedly, which costs most on an emulated processor.
idle_window_is_cheap() {
    use_settings dark
    open_window mouse.dfu
    trap close_window EXIT
    wait_until 60 main_button || die "no Upgrade button"
    sleep 5
    local ticks
    ticks="$(processor_ticks 10)"
    printf '      %s of 1000 ticks\n' "$ticks"
    [ "$ticks" -le 10 ]
}

start_display 1100 760
check "a board is plugged and unplugged while the window is open" appears_and_disappears
plug f407 --old-firmware
check "an idle window with a board on the bus uses almost no processor time" idle_window_is_cheap
check "the window: Upgrade clicked with the mouse" upgraded_by mouse mouse.dfu
unplug "$board"
plug g474 --old-firmware
check "the window: upgraded by keyboard" upgraded_by keyboard keys.hex
unplug "$board"
stop_display
