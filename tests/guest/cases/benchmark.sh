# Prints a table: for each board our time, dfu-util's time, and the time of the flash.
# Sourced by in_guest.sh.

bytes=$((512 * 1024))

# timed COMMAND...: sets $elapsed to the seconds; writes the output to ./output.
timed() {
    local from="$EPOCHREALTIME"
    "$@" >output 2>&1 || { cat output >&2; die "failed: $*"; }
    elapsed="$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')"
}

# counted FIELD: the increase of a counter since the last save_counters.
save_counters() {
    wait_until_idle "$board"
    cp "${board_dir[board]}/counters.json" counters.before
}
counted() { awk -v a="$(field "$1" <counters.before)" -v b="$(counter "$board" "$1")" 'BEGIN { print b - a }'; }

# upgrade FILE [OPTION...]: upgrades with upfuse; sets elapsed, and job_seconds without the program's start.
upgrade() {
    save_counters
    timed "$upfuse" upgrade "$@" --device "${board_place[board]}" --no-start --json
    grep '"event":"finished"' output >report
    equal "$(field outcome <report)" "done"
    job_seconds="$(field seconds <report)"
    wait_until_idle "$board"
}

measure_board() {
    local name="$1" room file
    plug "$name" --old-firmware
    wait_until_idle "$board"
    room="$(stat -c %s "${board_dir[board]}/flash.bin")"
    file=first.dfu
    [ "$room" -lt "$bytes" ] || room=$bytes
    flash_py make dfu "$file" 41 "0x08000000+$room"
    # The same bytes.
    flash_py random changed.bin 41 "$room"
    flash_py change changed.bin $((room / 2 + 100))
    local cost
    cost="$("$guest_dir/transfer_cost.py" "${board_place[board]}")"

    upgrade "$file"
    local ours="$elapsed" ours_job="$job_seconds" work sectors ours_blocks ours_transfers
    work="$(counted flash_work_seconds)"
    sectors="$(counted sectors_erased)"
    ours_blocks="$(counted blocks_written)"
    ours_transfers="$(counted transfers)"
    flash_py holds "${board_dir[board]}/flash.bin" "$file"
    upgrade "$file"
    local again="$elapsed" again_transfers
    again_transfers="$(counted transfers)"
    equal "$(counted sectors_erased)" 0
    equal "$(counted bytes_written)" 0
    # --force: random bytes are no program.
    upgrade changed.bin --at 0x08000000 --force
    local changed="$elapsed" changed_sectors
    changed_sectors="$(counted sectors_erased)"
    cost="$cost $("$guest_dir/transfer_cost.py" "${board_place[board]}")"
    unplug "$board"

    plug "$name" --old-firmware
    save_counters
    timed dfu-util -p "${board_place[board]}" -a 0 -D "$file"
    wait_until_idle "$board"
    flash_py holds "${board_dir[board]}/flash.bin" "$file"
    local theirs="$elapsed" their_blocks their_transfers
    their_blocks="$(counted blocks_written)"
    their_transfers="$(counted transfers)"
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

cat <<'TEXT'
512 KiB of random data (or the whole flash), written to a board with other data. Times in seconds.
flash: only erasing and programming. ms, ms/b: one GETSTATUS and one UPLOAD of a block, the mean of many,
measured between our jobs. floor: flash + 3 transfers for each block written (one of them with the block),
1 for each block verified, 3 for each sector erased. wake: the additional time of a transfer after a pause
of 10 ms; not in the floor, although every tool pauses while the flash works. ours: the whole command, with
verification; job: without the program's start. t/b: control transfers for each block, without those for
erasing.
again: the same file again. sector: one byte changed, and the number of sectors erased.

TEXT
printf '%-6s %7s %5s %5s %5s %7s | %7s %7s %6s %6s | %8s %7s %6s %7s | %6s %5s %5s | %6s %s\n' \
    board flash ms ms/b wake floor ours job /floor t/b dfu-util /floor t/b /ours again "" trans sector erased
for name in $UPFUSE_BENCHMARK_BOARDS; do measure_board "$name"; done
