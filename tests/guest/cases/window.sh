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

# An idle window neither draws nor lists the bus again and again. Both limits hold on any processor,
# however slow: the wake-ups are counted, and the time is compared with that of two `upfuse list`.
idle_window_is_cheap() {
    local wakes ticks before once
    use_settings dark
    open_window mouse.dfu
    trap close_window EXIT
    wait_until 60 main_button || die "no Upgrade button"
    # Without a graphics card, the last frames may take a minute on an emulated processor.
    wait_until 120 has_settled || die "the window draws on and on"
    before="$(window_wakes)"
    ticks="$(processor_ticks 10)"
    wakes=$(($(window_wakes) - before))
    once="$(ticks_of "$upfuse" list)"
    printf '      in 10 s: %s of 1000 ticks, %s wake-ups; `upfuse list`: %s ticks\n' "$ticks" "$wakes" "$once"
    [ "$wakes" -le 150 ] && [ "$ticks" -le $((2 * once)) ]
}
has_settled() { [ "$(processor_ticks 2)" -le 20 ]; }

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
