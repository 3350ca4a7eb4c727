# Sixteen boards at the same time: a result for each, and one that fails does not disturb the others.
# Sourced by in_guest.sh.

flash_py make dfu many.dfu 51 0x08000000+100000
kinds=(f072 f407 f411 f767 g474 h743 l475 f303)

alone() {
    "$upfuse" upgrade many.dfu --no-start --json >events
    equal "$(grep '"event":"finished"' events | field outcome)" "done"
}

# together COUNT FAILING: upgrades all boards and checks how many failed.
together() {
    local status=0 from="$EPOCHREALTIME" number
    "$upfuse" upgrade many.dfu --all-devices --no-start --json >events || status=$?
    echo "$(since "$from") s"
    grep '"event":"finished"' events
    equal "$(grep -c '"event":"finished"' events)" "$1"
    equal "$(grep '"event":"finished"' events | grep -c '"outcome":"failed"')" "$2"
    equal "$(grep '"event":"finished"' events | grep -c '"bytes_verified":100000')" "$(($1 - $2))"
    if [ "$2" -eq 0 ]; then equal "$status" 0; else equal "$status" 8; fi
    for number in "${!board_server[@]}"; do
        [ "$number" = "${failing:-}" ] || { wait_until_idle "$number"; flash_py holds "${board_dir[$number]}/flash.bin" many.dfu; }
    done
}

plug f767 --old-firmware
check "one f767 alone" alone
unplug "$board"
for round in 1 2; do
    for kind in "${kinds[@]}"; do plug "$kind" --old-firmware; done
done
check "16 boards at the same time" together 16 0
unplug "$board"
plug f411 --old-firmware --unplug-at 120
failing=$board
check "16 boards, the last one unplugged half-way" together 16 1
