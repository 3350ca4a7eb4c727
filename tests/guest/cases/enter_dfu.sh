# From a running program into DFU mode over its serial port, and on to a verified flash.
# Sourced by in_guest.sh.

# port_of NUMBER: the serial port that a board's program makes.
port_of() {
    local path
    for path in /sys/bus/usb/devices/"${board_place[$1]}":*/tty/tty*; do
        [ -e "/dev/${path##*/}" ] && printf '/dev/%s\n' "${path##*/}"
    done
}
has_port() { [ -n "$(port_of "$1")" ]; }
plug_program() {
    plug "$@"
    wait_until 20 has_port "$board" || die "${board_name[$board]} has no serial port"
}
asks() { "$guest_dir/serial.py" ask "$(port_of "$1")" "$2"; }

# answers NUMBER QUESTION TEXT: without the program under test.
answers() {
    asks "$1" "$2" >answer
    cat answer
    grep -F "$3" answer
}

# enters NUMBER COMMAND...: the board disconnects and returns in DFU mode, and the command succeeds.
enters() {
    local number="$1" status=0
    shift
    "$upfuse" "$@" --device "${board_place[$number]}" --yes --json >events 2>stderr &
    local job=$!
    wait_until 60 is_gone "$number" || { cat events stderr; die "it did not leave"; }
    attach "$number"
    wait "$job" || status=$?
    cat events stderr
    equal "$status" 0
}

# From the serial port to a flash that was read back; the board's own file holds what was written.
upgrades() {
    enters "$1" upgrade --enter-dfu "$2" --no-start
    grep '"event":"finished"' events | tail -n 1 >report
    equal "$(field outcome <report)" "done"
    [ "$(field bytes_verified <report)" -gt 0 ]
    flash_of "$1" after.bin
    flash_py holds after.bin "$2"
    equal "$(counter "$1" defects)" 0
    "$upfuse" verify "$2" --device "${board_place[$1]}"
}

# Exit code 3, and nothing reached the program that could have meant something to another.
is_left_alone() {
    exits 3 "$upfuse" enter-dfu --device "${board_place[$1]}" --yes
    has_port "$1"
    wait_until_idle "$1"
    counter "$1" serial_received >received
    cat received
    local command
    # MSP_REBOOT; "bl"; "dfu"; "$DFU"; "bootloader".
    for command in 244d3c0144 0d626c0d 64667 24444655 626f6f746c6f61646572; do
        ! grep -F "$command" received || die "it was sent a command"
    done
}

# TIOCEXCL keeps out all but administrators.
is_held() {
    local status=0
    "$guest_dir/serial.py" hold "$(port_of "$1")" >held &
    local other=$!
    wait_until 20 grep -q held held
    setpriv --bounding-set=-sys_admin "$upfuse" enter-dfu \
        --device "${board_place[$1]}" --yes >words 2>&1 || status=$?
    kill "$other"
    cat words
    equal "$status" 5
    grep -i "use" words
}

flash_py program program.dfu 71 0x08000000 60000

plug_program betaflight --old-firmware
check "a flight controller answers MSP" answers "$board" '$M<\x00\x01\x01' '$M>\x03\x01\x00\x01.-'
check "upgrade from Betaflight's serial port" upgrades "$board" program.dfu
unplug "$board"
plug_program micropython --old-firmware
check "MicroPython answers" answers "$board" '\r\x03\x03\r\x01' 'raw REPL; CTRL-B to exit'
check "upgrade from MicroPython's serial port" upgrades "$board" program.dfu
unplug "$board"
for name in vcp-echo vcp; do
    plug_program "$name"
    check "3: $name, on a flight controller's IDs, is left alone" is_left_alone "$board"
    unplug "$board"
done
plug_program betaflight
check "5: a serial port that another program holds" is_held "$board"
check "and then it enters DFU mode" enters "$board" enter-dfu
unplug "$board"
