#!/bin/bash
# Runs inside the guest for real_bus.sh: prepares the bus, then runs the named cases.
set -euo pipefail
[ -n "${UPFUSE_IN_GUEST:-}" ] || { echo "start real_bus.sh instead" >&2; exit 2; }
here="$(dirname "${BASH_SOURCE[0]}")"
for part in lib display checks bus jobs; do . "$here/$part.sh"; done

firmware="${UPFUSE_TEST_FIRMWARE:-}"
work=/run/work
mkdir -p "$work"
cd "$work"
# A user without permissions. setpriv instead of su: no PAM, no shell.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
flash_py() { "$guest_dir/flash.py" "$@"; }

on_failure() {
    local number
    printf '      --- the bus: %s\n' "$(places | tr '\n' ' ')"
    for number in "${!board_server[@]}"; do
        printf '      --- %s at %s, last transfers:\n' "${board_name[$number]}" "${board_place[$number]}"
        tail -n 8 "${board_dir[$number]}/transfers" | sed 's/^/      | /'
        tail -n 2 "${board_dir[$number]}/stderr" | sed 's/^/      | /'
    done
    mkdir -p "$UPFUSE_SHARE/boards"
    cp -r /run/boards/. "$UPFUSE_SHARE/boards/" 2>/dev/null || true
}

# Skips a case that needs real files, if there are none.
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
