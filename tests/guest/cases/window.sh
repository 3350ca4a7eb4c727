# The window itself, by mouse and by keyboard, on the guest's bus.
# Sourced by in_guest.sh.

shots="$UPFUSE_SHARE/screenshots"
mkdir -p "$shots"
flash_py make dfu mouse.dfu 31 0x08000000+100000 0x08040000+5000
flash_py make hex keys.hex 32 0x08008000+40000

holds_in_time() {
    flash_of "$1" now.bin
    flash_py holds now.bin "$2"
}

# upgraded_by HOW FILE: opens the window with a file, sets the upgrade going, compares the flash.
upgraded_by() {
    local how="$1" file="$2"
    flash_of "$board" before.bin
    use_settings dark
    open_window "$file"
    trap close_window EXIT
    wait_until 60 main_button || { photograph "$shots/no-button.png"; die "no Upgrade button to click"; }
    photograph "$shots/$how-ready.png"
    case "$how" in
    mouse) click $(main_button) ;;
    keyboard) xdotool key ctrl+Return ;;
    esac
    sleep 2
    photograph "$shots/$how-running.png"
    wait_until 90 holds_in_time "$board" "$file" || { photograph "$shots/$how-failed.png"; die "not upgraded"; }
    sleep 3
    photograph "$shots/$how-done.png"
    flash_of "$board" after.bin
    flash_py landed "${board_layout[board]}" before.bin after.bin "$file"
    equal "$(book "$board" defects)" 0
}

# A board plugged in while the window is open is there within seconds; so is its absence.
comes_and_goes() {
    use_settings dark
    open_window mouse.dfu
    trap close_window EXIT
    sleep 3
    photograph "$shots/no-board.png"
    if main_button; then die "Upgrade is offered without a board"; fi
    plug f411
    wait_until 10 main_button || { photograph "$shots/not-noticed.png"; die "the board was not noticed"; }
    photograph "$shots/board-came.png"
    unplug "$board"
    wait_until 10 no_button || die "its absence was not noticed"
    photograph "$shots/board-gone.png"
}
no_button() { ! main_button; }

# The worker looks at the bus again and again; an emulated processor notices that more than any other.
idle_costs_next_to_nothing() {
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
check "a board comes and goes while the window is open" comes_and_goes
plug f407 --old-firmware
check "an idle window with a board on the bus costs next to nothing" idle_costs_next_to_nothing
check "the window: Upgrade clicked with the mouse" upgraded_by mouse mouse.dfu
unplug "$board"
plug g474 --old-firmware
check "the window: upgraded by keyboard" upgraded_by keyboard keys.hex
unplug "$board"
stop_display
