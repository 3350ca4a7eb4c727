#!/bin/bash
# What real_bus.sh runs inside: prepares the bus, then each case named.
set -euo pipefail
[ -n "${UPFUSE_IN_GUEST:-}" ] || { echo "start real_bus.sh instead" >&2; exit 2; }
here="$(dirname "${BASH_SOURCE[0]}")"
for part in lib display checks bus; do . "$here/$part.sh"; done

firmware="${UPFUSE_TEST_FIRMWARE:-}"
work=/run/work
mkdir -p "$work"
cd "$work"
# Another person, for whom nothing is allowed. setpriv and not su: no PAM, no shell of its own.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
flash_py() { "$guest_dir/flash.py" "$@"; }

on_failure() {
    local number
    printf '      --- the bus: %s\n' "$(places | tr '\n' ' ')"
    for number in "${!board_server[@]}"; do
        printf '      --- %s at %s, last transfers:\n' "${board_name[$number]}" "${board_place[$number]}"
        tail -n 8 "${board_dir[$number]}/transfers" | sed 's/^/      | /'
        tail -n 2 "${board_dir[$number]}/words" | sed 's/^/      | /'
    done
    mkdir -p "$UPFUSE_SHARE/boards"
    cp -r /run/boards/. "$UPFUSE_SHARE/boards/" 2>/dev/null || true
}

# Where a case needs a real file that is not here.
have_firmware() {
    [ -n "$firmware" ] && return 0
    printf 'skip  %s (no real firmware files here)\n' "$1"
    return 1
}

trap unplug_all EXIT
trap 'echo "stopped: $BASH_COMMAND, in ${BASH_SOURCE[0]##*/}, line $LINENO" >&2' ERR
began="$EPOCHREALTIME"
for case in "$@"; do
    printf '%s\n' "-- ${case//_/ }"
    . "$here/cases/$case.sh"
done
[ "$check_number" -eq 0 ] || printf '%s checks passed in %s s\n' "$check_number" "$(since "$began")"
