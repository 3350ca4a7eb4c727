# One line for each check; the first failure ends the script and prints details.
# Sourced, never run.

logs="${UPFUSE_SHARE:?}/logs"
mkdir -p "$logs"
check_number=0

# check TITLE COMMAND...: runs the command in a subshell that stops at its first failing line.
check() {
    local title="$1" log began status
    shift
    check_number=$((check_number + 1))
    log="$logs/$(printf '%02d' "$check_number")-$(printf '%s' "$title" | tr -cs 'A-Za-z0-9.\n' '-').log"
    began="$EPOCHREALTIME"
    set +e
    (set -e; "$@") >"$log" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        printf 'ok    %-64s %6.1f s\n' "$title" "$(since "$began")"
    else
        printf 'FAIL  %-64s %6.1f s\n' "$title" "$(since "$began")"
        printf '      exit code %s of: %s\n' "$status" "$*"
        tail -n 60 "$log" | sed 's/^/      | /'
        on_failure
        exit 1
    fi
}

# Prints more details when a check fails; scripts may redefine it.
on_failure() { :; }

since() { awk -v now="$EPOCHREALTIME" -v then="$1" 'BEGIN { printf "%.1f", now - then }'; }

# exits CODE COMMAND...: succeeds if the command ends with that exit code.
exits() {
    local wanted="$1" found=0
    shift
    "$@" || found=$?
    [ "$found" -eq "$wanted" ] && return 0
    printf 'exit code %s, expected %s: %s\n' "$found" "$wanted" "$*" >&2
    return 1
}

# equal FOUND EXPECTED
equal() {
    [ "$1" = "$2" ] && return 0
    printf 'found:    %s\nexpected: %s\n' "$1" "$2" >&2
    return 1
}
