# Shared by all scripts here: package installation, the cache, and messages.
# Sourced, never run.

guest_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root_dir="$(cd "$guest_dir/../.." && pwd)"
cache_dir="${XDG_CACHE_HOME:-$HOME/.cache}/upfuse-guest"

message() { printf '%s\n' "$*" >&2; }
die() { message "error: $*"; exit 1; }

# wait_until SECONDS COMMAND...: repeats a command until it succeeds or the time is up.
wait_until() {
    local end=$((EPOCHSECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$EPOCHSECONDS" -le "$end" ] || return 1
        sleep 0.2
    done
}

# Installs the Debian packages among "$@" that are missing.
need_packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" -eq 0 ] ||
        die "missing packages; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    message "installing ${missing[*]}"
    local log
    log="$(mktemp)"
    if ! { apt-get update &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "apt-get could not install ${missing[*]}"
    fi
    rm -f "$log"
}

# Builds the program as `cargo test` does, unless UPFUSE_BINARY names one.
use_test_build() { use_build debug; }
# Builds it as people use it: where it is compared with another program.
use_release_build() { use_build release --release; }
# use_build FOLDER [OPTION of cargo build...]
use_build() {
    local folder="$1"
    shift
    if [ -z "${UPFUSE_BINARY:-}" ]; then
        (cd "$root_dir" && cargo build --locked "$@") >&2
        UPFUSE_BINARY="${CARGO_TARGET_DIR:-$root_dir/target}/$folder/upfuse"
    fi
    UPFUSE_BINARY="$(realpath "$UPFUSE_BINARY")"
    export UPFUSE_BINARY
}

# Sets UPFUSE_TEST_FIRMWARE; empty if there are no real firmware files.
use_firmware_files() {
    local dir="${UPFUSE_TEST_FIRMWARE:-$root_dir/../shared/firmware}"
    UPFUSE_TEST_FIRMWARE=""
    if [ -d "$dir" ]; then UPFUSE_TEST_FIRMWARE="$(realpath "$dir")"; fi
    export UPFUSE_TEST_FIRMWARE
}

# Runs run.sh so that stopping this script stops the guest; bash alone would wait for it.
run_in_guest() {
    local status=0
    setpriv --pdeathsig TERM "$guest_dir/run.sh" "$@" &
    local guest=$!
    trap 'kill "$guest" 2>/dev/null; exit 143' TERM
    trap 'kill "$guest" 2>/dev/null; exit 130' INT
    wait "$guest" || status=$?
    return "$status"
}
