# Boards that come while the program waits for them. Sourced by in_guest.sh.

flash_py make bin wait.bin 21 0x08000000+2000
mkfifo nothing
exec {nothing}<>nothing

# A command that waits for a board and then compares; each of its lines with the time in "lines".
wait_for_board() {
    "$upfuse" verify --wait 60 --at 0x08000000 wait.bin >/dev/null \
        2> >(while read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >lines) &
    waiting=$!
    wait_until 30 grep -q 'Waiting for a board' lines || die "it does not wait for a board"
}
# The time of the line that names the chosen board.
chosen_at() { sed -n 's/^\([0-9.]*\) [0-9]*-[0-9.]*: .*/\1/p' lines | head -n 1; }
is_chosen() { [ -n "$(chosen_at)" ]; }
has_ended() { ! kill -0 "$waiting"; }

# enumerated_at: waits for a device, prints the time. `read` sleeps without a process.
enumerated_at() {
    until compgen -G '/sys/bus/usb/devices/*-[1-9]*:1.0' >/dev/null; do
        read -rt 0.01 -u "$nothing" || true
    done
    echo "$EPOCHREALTIME"
}

# Within 0.3 s, and what this processor, which is emulated, needs to list a board at all: the time of
# one `upfuse list`. The middle one of three counts.
listed_at_once() {
    local took began listing middle
    : >times
    for _ in 1 2 3; do
        wait_for_board
        # Past the time after its start in which it may look often.
        sleep 4
        enumerated_at >enumerated &
        plug f407
        wait_until 30 is_chosen || { cat lines; die "the board was not listed"; }
        took="$(awk -v a="$(cat enumerated)" -v b="$(chosen_at)" 'BEGIN { printf "%.3f", b - a }')"
        echo "$took" >>times
        wait_until 60 has_ended || die "it does not end"
        began="$EPOCHREALTIME"
        "$upfuse" list
        listing="$(since "$began")"
        printf '      listed %s s after its enumeration; `upfuse list`: %s s\n' "$took" "$listing"
        unplug "$board"
    done
    middle="$(sort -n times | sed -n 2p)"
    awk -v took="$middle" -v listing="$listing" 'BEGIN { exit took > 0.3 + listing }'
}

# The node of a device may come later than the device, as in containers. libusb never again opens an
# object that once found no node.
opened_once_its_node_is_there() {
    local node
    plug f407
    node="$(printf '/dev/bus/usb/%03d/%03d' $(cat "/sys/bus/usb/devices/${board_place[board]}"/{busnum,devnum}))"
    mv "$node" "$node-away"
    wait_for_board
    sleep 1
    mv "$node-away" "$node"
    wait_until 10 is_chosen || { cat lines; die "the board is not opened though its node is there"; }
    wait_until 60 has_ended || die "it does not end"
    unplug "$board"
}

check "a board is listed within 0.3 s of its enumeration" listed_at_once
check "a board whose device node comes late is opened" opened_once_its_node_is_there
