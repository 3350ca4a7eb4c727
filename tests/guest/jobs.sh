# Jobs on one simulated board, and what they must have done. Sourced, never run.

# job NUMBER COMMAND...: runs a job on one board; writes its last event to ./report.
job() {
    local number="$1"
    shift
    "$upfuse" "$@" --device "${board_place[$number]}" --json >events
    grep '"event":"finished"' events >report
    equal "$(wc -l <report)" 1
    equal "$(field outcome <report)" "done"
    equal "$(field device <report)" "${board_place[$number]}"
}

# writes_only NUMBER FILE [AT [OPTION...]]: an upgrade writes the file and changes nothing else.
writes_only() {
    local number="$1" file="$2" at="${3:-}"
    shift 2
    [ $# -eq 0 ] || shift
    flash_of "$number" before.bin
    job "$number" upgrade "$file" ${at:+--at "$at"} --no-start "$@"
    flash_of "$number" after.bin
    case " $* " in
    *" --keep "*) flash_py upgraded_with_keep "${board_layout[$number]}" before.bin after.bin "$file" ${at:+"$at"} ;;
    *) flash_py upgraded "${board_layout[$number]}" before.bin after.bin "$file" ${at:+"$at"} ;;
    esac
    equal "$(counter "$number" defects)" 0
    # All of the file was read back, or already matched.
    local bytes
    bytes="$(flash_py segments "$file" ${at:+"$at"} | awk -F+ '{ sum += $2 } END { print sum }')"
    equal "$(field bytes_verified <report)" "$bytes"
}

# reads NUMBER EXTENSION: reads the whole flash to a file of that format.
reads() {
    local number="$1" out="read.$2"
    rm -f "$out"
    job "$number" read "$out"
    flash_of "$number" now.bin
    flash_py holds now.bin "$out"
    equal "$(flash_py segments "$out" | awk -F+ '{ sum += $2 } END { print sum }')" "$(stat -c %s now.bin)"
}

starts() {
    job "$1" start
    wait_until 10 is_gone "$1"
}

# Its progress bars would fill the log.
dfu_util() { dfu-util "$@" | tr '\r' '\n' | grep -v '\[[ =]*\]'; }

dfu_util_writes() {
    flash_of "$1" before.bin
    dfu_util -p "${board_place[$1]}" -a 0 -D "$2"
    flash_of "$1" after.bin
    flash_py upgraded "${board_layout[$1]}" before.bin after.bin "$2"
    equal "$(counter "$1" defects)" 0
}
