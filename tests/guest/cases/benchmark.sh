# One table: each board, our time and dfu-util's, beside the time of the flash.
# Sourced by in_guest.sh.

bytes=$((512 * 1024))

# timed COMMAND...: seconds in $elapsed, what it says in ./said.
timed() {
    local from="$EPOCHREALTIME"
    "$@" >said 2>&1 || { cat said >&2; die "failed: $*"; }
    elapsed="$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')"
}

# spent FIELD: how much the board's book says more than at the last `remember`.
remember() {
    settle "$board"
    cp "${board_dir[board]}/books.json" books.before
}
spent() { awk -v a="$(field "$1" <books.before)" -v b="$(book "$board" "$1")" 'BEGIN { print b - a }'; }

# upgrade FILE [OPTION...]: with ours; elapsed, and job_seconds without the program's start.
upgrade() {
    remember
    timed "$upfuse" upgrade "$@" --device "${board_place[board]}" --no-start --json
    grep '"event":"finished"' said >report
    equal "$(field outcome <report)" "done"
    job_seconds="$(field seconds <report)"
    settle "$board"
}

one_board() {
    local name="$1" room file
    plug "$name" --old-firmware
    settle "$board"
    room="$(stat -c %s "${board_dir[board]}/flash.bin")"
    file=first.dfu
    [ "$room" -lt "$bytes" ] || room=$bytes
    flash_py make dfu "$file" 41 "0x08000000+$room"
    flash_py make bin first.bin 41 "0x08000000+$room"
    cp first.bin changed.bin
    flash_py change changed.bin $((room / 2 + 100))
    local cost
    cost="$("$guest_dir/transfer_cost.py" "${board_place[board]}")"

    upgrade "$file"
    local ours="$elapsed" ours_job="$job_seconds" work sectors ours_blocks ours_transfers
    work="$(spent flash_work_seconds)"
    sectors="$(spent sectors_erased)"
    ours_blocks="$(spent blocks_written)"
    ours_transfers="$(spent transfers)"
    flash_py holds "${board_dir[board]}/flash.bin" "$file"
    upgrade "$file"
    local again="$elapsed" again_transfers
    again_transfers="$(spent transfers)"
    equal "$(spent sectors_erased)" 0
    equal "$(spent bytes_written)" 0
    upgrade changed.bin --at 0x08000000
    local changed="$elapsed" changed_sectors
    changed_sectors="$(spent sectors_erased)"
    cost="$cost $("$guest_dir/transfer_cost.py" "${board_place[board]}")"
    unplug "$board"

    plug "$name" --old-firmware
    remember
    timed dfu-util -p "${board_place[board]}" -a 0 -D "$file"
    settle "$board"
    flash_py holds "${board_dir[board]}/flash.bin" "$file"
    local theirs="$elapsed" their_blocks their_transfers
    their_blocks="$(spent blocks_written)"
    their_transfers="$(spent transfers)"
    unplug "$board"

    awk -v name="$name" -v work="$work" -v sectors="$sectors" -v cost="$cost" -v ours="$ours" \
        -v job="$ours_job" -v blocks="$ours_blocks" -v transfers="$ours_transfers" -v again="$again" \
        -v again_transfers="$again_transfers" -v changed="$changed" -v changed_sectors="$changed_sectors" \
        -v theirs="$theirs" -v their_blocks="$their_blocks" -v their_transfers="$their_transfers" 'BEGIN {
        split(cost, costs, " ")
        small = (costs[1] + costs[4]) / 2
        large = (costs[2] + costs[5]) / 2
        wake = (costs[3] + costs[6]) / 2 - small
        floor = work + small * (2 * blocks + 3 * sectors) + large * 2 * blocks
        printf "%-6s %7.2f %5.2f %5.2f %5.2f %7.2f | %7.2f %7.2f %5.2fx %6.2f | %8.2f %6.2fx %6.2f %6.2fx | %6.2f %4.0f%% %5d | %6.2f %d\n",
            name, work, small * 1000, large * 1000, wake * 1000, floor, ours, job, ours / floor, (transfers - 3 * sectors) / blocks,
            theirs, theirs / floor, (their_transfers - 3 * sectors) / their_blocks, theirs / ours,
            again, 100 * again / ours, again_transfers, changed, changed_sectors
    }'
}

cat <<'WORDS'
512 KiB of random data (or the whole flash) onto a board that holds other data. Seconds.
flash: erasing and programming alone. ms, ms/b: one GETSTATUS and one UPLOAD of a block, many in a row,
measured between our jobs. floor: flash + 3 transfers for each block written (one of them with the block),
1 for each block verified, 3 for each sector erased. wake: how much longer a transfer takes here after a
pause of 10 ms; not in the floor, though every tool pauses while the flash works. ours: the whole command,
with verification; job: without the program's start. t/b: control transfers for each block, without those
of erasing.
again: the same file once more. sector: one byte changed, and how many sectors were erased.

WORDS
printf '%-6s %7s %5s %5s %5s %7s | %7s %7s %6s %6s | %8s %7s %6s %7s | %6s %5s %5s | %6s %s\n' \
    board flash ms ms/b wake floor ours job /floor t/b dfu-util /floor t/b /ours again "" trans sector erased
for name in $UPFUSE_BENCHMARK_BOARDS; do one_board "$name"; done
