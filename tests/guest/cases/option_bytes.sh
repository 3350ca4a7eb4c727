# Option bytes on boards of four storage models, read by dfu-util as well: changed, changed back, never
# to level 2, and with the cable pulled. Each write makes the board leave the bus and come back.
# Sourced by in_guest.sh.

# raw FILE: what dfu-util reads of the second target.
raw() {
    rm -f "$1"
    dfu_util -p "${board_place[board]}" -a 1 -s "$options" -U "$1"
}

# holds BYTES: all of them, in hexadecimal digits.
holds() {
    raw now.bin
    equal "$(od -An -v -tx1 now.bin | tr -d ' \n')" "$1"
}

# comes_back COMMAND...: the board leaves the bus during the command, and comes back.
comes_back() {
    local status=0
    "$@" &
    local running=$!
    wait_until 60 is_gone "$board" || die "the board does not leave"
    attach "$board"
    wait "$running" || status=$?
    equal "$status" 0
}

# sets BYTES NAME=VALUE...: upfuse has read them back, and so does dfu-util.
sets() {
    local bytes="$1"
    shift
    rm -f saved.dfu
    comes_back "$upfuse" option-bytes set "$@" --device "${board_place[board]}" --yes \
        --backup saved.dfu >text
    cat text
    grep -F 'read back after a restart' text
    holds "$bytes"
}

# sets_back BYTES: from the file that was saved before.
sets_back() {
    comes_back "$upfuse" option-bytes restore saved.dfu --device "${board_place[board]}" --yes \
        --backup "saved-$board.dfu"
    holds "$1"
}

# refuses_protected FILE: the upgrade names what is protected.
refuses_protected() {
    exits 7 "$upfuse" upgrade "$1" --device "${board_place[board]}" --no-start --json >events
    equal "$(grep '"event":"finished"' events | field code)" write-protected
}

# refuses_level_2 BYTES: as a value, in a file of its own, and in one to upgrade with.
refuses_level_2() {
    local device=(--device "${board_place[board]}" --yes) level
    for level in 2 0xCC 204; do
        exits 7 "$upfuse" option-bytes set "RDP=$level" "${device[@]}" --confirm RDP
    done
    exits 7 "$upfuse" option-bytes restore level-2.dfu "${device[@]}" --confirm RDP
    exits 7 "$upfuse" upgrade level-2.dfu "${device[@]}" --force
    exits 7 "$upfuse" upgrade level-2.dfu --target 1 "${device[@]}" --force
    exits 7 "$upfuse" upgrade level-2.bin --at "${options%:*}" "${device[@]}" --force
    holds "$1"
}

# Both changes of a u575, without the keys that lie behind its option bytes.
no_keys() { wait_until_idle "$board"; equal "$(counter "$board" defects)" 0; }

# An independent host writes them: upfuse shows what dfu-util wrote.
dfu_util_sets() {
    rm -f user-data.bin
    printf '\xaa\x55\xff\x00\x12\xed\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00' >other.bin
    comes_back dfu-util -p "${board_place[board]}" -a 1 -s "${options%:*}:will-reset:force" -D other.bin
    "$upfuse" option-bytes save user-data.bin --device "${board_place[board]}"
    cmp user-data.bin other.bin
}

# pulled TRANSFER CODE NOTE: the cable is pulled at that transfer of a change.
pulled() {
    local status=0
    plug f407 --unplug-at "$1"
    rm -f pulled.dfu
    "$upfuse" option-bytes set BOR_LEV=0 --device "${board_place[board]}" --yes --backup pulled.dfu \
        --json >events || status=$?
    cat events
    equal "$status" 8
    equal "$(grep '"event":"finished"' events | field code)" "$2"
    grep '"event":"note"' events | tail -n 1 | grep -F "$3"
    kill "${board_server[board]}" && wait "${board_server[board]}" || true
}

flash_py program protected.dfu 31 0x08000000 10000

new=aa55ff00ff00ff00ff00ff00ff00ff00
options=0x1FFFF800:16
plug f072
check "dfu-util reads the option bytes of a new f072" holds $new
check "a watchdog and 4 KiB of write protection" sets aa55fe01ff00ff00fe01ff00ff00ff00 WDG_SW=0 WRP=0
check "an upgrade names what is write-protected" refuses_protected protected.dfu
check "set back from the saved file" sets_back $new
check "dfu-util sets user data" dfu_util_sets
unplug "$board"

new=efaa1055efaa1055ff0f00f0ff0f00f0
options=0x1FFFC000:16
plug f407
check "dfu-util reads the option bytes of a new f407" holds $new
check "reset level, watchdog and two sectors of write protection" \
    sets c3aa3c55c3aa3c55fc0f03f0fc0f03f0 BOR_LEV=0 WDG_SW=0 WRP=0-1
check "an upgrade names the sectors" refuses_protected protected.dfu
check "write protection removed" sets c3aa3c55c3aa3c55ff0f00f0ff0f00f0 WRP=none
check "the same upgrade then" job "$board" upgrade protected.dfu --no-start
check "set back by name" sets $new BOR_LEV=3 WDG_SW=1
printf '\xef\xcc\x10\x33\xef\xcc\x10\x33\xff\x0f\x00\xf0\xff\x0f\x00\xf0' >level-2.bin
"$upfuse" convert 1:level-2.bin@0x1FFFC000 -o level-2.dfu --yes
check "level 2 is refused on every path" refuses_level_2 $new
unplug "$board"

rest=ffffffff000000000000ffffffff0000
new=aaf8efff55071000${rest}ffff00ff0000ff00ffff00ff0000ff00
options=0x1FFF7800:40
plug l475
check "dfu-util reads the option bytes of a new l475" holds $new
check "reset level, watchdog and two pages of write protection" \
    sets aafbeeff55041100${rest}02ff03fffd00fc00ffff00ff0000ff00 BOR_LEV=3 IWDG_SW=0 WRP=2-3
check "set back from the saved file" sets_back $new
unplug "$board"

options=0x40022040:48
start=7f0000087f00f90b7c00000c80ffffff807f807f
bank=80ffffff807f807f
plug u575
new="aaf8ef1f${start}ffff80ffffff80ff${bank}ffff80ffffff80ff"
check "dfu-util reads the option bytes of a new u575" holds $new
check "reset level and two pages of write protection, without its keys" \
    sets aafaef1f${start}82ff83ffffff80ff${bank}ffff80ffffff80ff BOR_LEV=2 WRP=2-3
check "set back from the saved file" sets_back $new
check "no key was written" no_keys
unplug "$board"

plug f407
options=0x1FFFC000:16
clean() {
    comes_back "$upfuse" option-bytes set BOR_LEV=0 --device "${board_place[board]}" --yes \
        --backup clean.dfu
    wait_until_idle "$board"
    cp "${board_dir[board]}/transfers" clean
}
check "the transfers of a change" clean
unplug "$board"
block="$(grep -n 'DNLOAD value=2 length=16' clean | cut -d: -f1)"
unchanged="Nothing on the board was changed"
unknown="whether the board holds them is not known"
check "unplugged while they are read" pulled 5 unplugged "$unchanged"
check "unplugged before the block" pulled $((block - 1)) unplugged "$unchanged"
check "unplugged at the block" pulled "$block" lost-contact "$unknown"
check "unplugged as it is written" pulled $((block + 1)) lost-contact "$unknown"
check "the old option bytes are in a file" test -s pulled.dfu
