#!/bin/bash
# Runs inside the guest's own system for installed.sh: who may use a board, and when.
set -euo pipefail
[ -n "${UPFUSE_IN_GUEST:-}" ] || { echo "start installed.sh instead" >&2; exit 2; }
here="$(dirname "${BASH_SOURCE[0]}")"
. "$here/lib.sh"
# Puts the boards on the bus, and is used where nothing is installed. The same program as the package's.
UPFUSE_BINARY="$root_dir/target/packages/tree/bin/upfuse"
for part in checks bus; do . "$here/$part.sh"; done
work=/run/work
mkdir -p "$work"
cp /upfuse-share/firmware.bin "$work"
chmod -R a+rX "$work"
cd "$work"
trap unplug_all EXIT

on_failure() {
    loginctl --no-pager list-sessions || true
    getfacl -p "$(node)" 2>&1 || true
    udevadm info "$(node)" 2>&1 | head -40 || true
    journalctl --no-pager -n 40 || true
}

# as PERSON COMMAND...
as() {
    local person="$1"
    shift
    runuser -u "$person" -- env HOME="/home/$person" "$@"
}
node() { printf '/dev/bus/usb/%03d/%03d' $(cat "/sys/bus/usb/devices/${board_place[board]}"/{busnum,devnum}); }
may_open() { as "$1" test -w "$(node)"; }

# session_of PERSON: the ID of their session at the screen.
session_of() { loginctl --no-legend list-sessions | awk -v name="$1" '$3 == name && $4 == "seat0" { print $1 }'; }
is_active() { [ "$(loginctl show-session --property State --value "$(session_of "$1")")" = active ]; }
sits_at_screen() {
    wait_until 300 session_exists "$1" || die "$1 has no session at the screen"
    loginctl activate "$(session_of "$1")"
    wait_until 30 is_active "$1" || die "the session of $1 is not active"
    loginctl --no-pager list-sessions
}
session_exists() { [ -n "$(session_of "$1")" ]; }

# upgrades PERSON PROGRAM: and the board has it all.
upgrades() {
    as "$1" "$2" upgrade "$work/firmware.bin" --device "${board_place[board]}" --no-start
    flash_of "$board" now.bin
    cmp -n "$(stat -c %s firmware.bin)" now.bin firmware.bin
}
refused() {
    exits 5 as "$1" "$2" upgrade "$work/firmware.bin" --device "${board_place[board]}" --no-start
    getfacl -p "$(node)"
}

# At once: udev's own work of a few milliseconds is over when a person has seen the board.
plugged() {
    plug "$@"
    udevadm settle
}

button_installs_rule() {
    local before
    before="$(node)"
    as seated pkexec /bin/sh -c "$(cat /upfuse-share/install-rule)" <"$root_dir/assets/linux/70-upfuse.rules"
    cmp /etc/udev/rules.d/70-upfuse.rules "$root_dir/assets/linux/70-upfuse.rules"
    wait_until 30 may_open seated
    # The same device, never replugged.
    equal "$(node)" "$before"
    getfacl -p "$(node)"
    upgrades seated "$upfuse"
}

installs() {
    dpkg -i /upfuse-share/upfuse.deb
    dpkg -L upfuse >installed
}
# That the whole system is as before, tests/package/try_linux.sh compares; here it would take minutes.
leaves_nothing() {
    local path
    dpkg --purge upfuse
    while read -r path; do
        [ ! -f "$path" ] || die "$path is left"
    done <installed
}

cat /etc/os-release | sed -n 's/^PRETTY_NAME=//p'
udevadm --version
check "someone sits at the screen" sits_at_screen seated
plugged f407
check "5: without a rule, that person may not use the board" refused seated "$upfuse"
check "the window's button: the board that is plugged in is ready" button_installs_rule
unplug "$board"
rm /etc/udev/rules.d/70-upfuse.rules
udevadm control --reload

plugged f072
check "5: the rule is gone, and so is the permission for another board" refused seated "$upfuse"
check "dpkg -i, with a board plugged in" installs
check "right after dpkg -i: upgraded by the person at the screen" upgrades seated upfuse
check "5: someone who is not at the screen may not use it" refused remote upfuse
unplug "$board"
plugged g474
check "a board plugged in later: upgraded by the person at the screen" upgrades seated upfuse
unplug "$board"
check "someone in no group sits at the screen" sits_at_screen groupless
equal "$(id -Gn groupless)" groupless
plugged f407
check "a person in no group upgrades at once" upgrades groupless upfuse
check "5: the one who no longer sits there may not" refused seated upfuse
unplug "$board"
check "dpkg --purge leaves nothing" leaves_nothing
plugged f411
check "5: nobody may use a board afterwards" refused groupless "$upfuse"
unplug "$board"
echo "$check_number checks passed"
