#!/bin/bash
# Runs a script in a small virtual machine that has a real USB bus.
#
#   tests/guest/run.sh SCRIPT [ARGUMENT...]
#
# The guest sees this machine's files under an overlay in memory: all programs work there, and
# nothing is written back except below $UPFUSE_SHARE (default: a temporary directory). Variables
# whose names begin with UPFUSE_ are passed on. Returns the script's exit code; 124 if it took longer
# than UPFUSE_GUEST_TIMEOUT seconds (600), 125 if the guest ended before the script.
#
# With UPFUSE_GUEST_SYSTEM, the guest starts the system in that folder (under an overlay as well), and
# sees of this machine only this repository. That system runs /upfuse-share/job and powers off.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$guest_dir/kernel.sh"

[ $# -ge 1 ] || die "usage: run.sh SCRIPT [ARGUMENT...]"
script="$(realpath "$1")"
shift
need_packages qemu-system-x86 busybox-static cpio kmod

tree="$(kernel_tree)"
image="$(initramfs "$tree")"
release="$(ls "$tree/lib/modules")"

share="${UPFUSE_SHARE:-}"
own_share=""
if [ -z "$share" ]; then
    share="$(mktemp -d)"
    own_share="$share"
fi
mkdir -p "$share"
rm -f "$share/exit-code"

qemu=""
clean_up() {
    # Ends only the machine that was started here.
    if [ -n "$qemu" ]; then
        kill "$qemu" 2>/dev/null || true
        wait "$qemu" 2>/dev/null || true
    fi
    if [ -n "$own_share" ]; then rm -rf "$own_share"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

{
    while IFS='=' read -r -d '' name value; do
        case "$name" in UPFUSE_*) printf 'export %s=%q\n' "$name" "$value" ;; esac
    done < <(env -0)
    printf 'export UPFUSE_SHARE=/upfuse-share UPFUSE_IN_GUEST=1 HOME=/root LANG=C.UTF-8 PATH=%q\n' "$PATH:/usr/sbin:/sbin"
    # Lets modprobe find further modules by name.
    printf 'mkdir -p /lib/modules && ln -sfn %q /lib/modules/%s\n' "$tree/lib/modules/$release" "$release"
    printf 'cd %q && exec %q' "$PWD" "$script"
    [ $# -eq 0 ] || printf ' %q' "$@"
    printf '\n'
} >"$share/job"

arguments="console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable idle=poll norandmaps"
if [ -n "${UPFUSE_GUEST_SYSTEM:-}" ]; then
    arguments+=" upfuse_system=$(realpath "$UPFUSE_GUEST_SYSTEM") upfuse_sources=$root_dir"
fi

# The guest's timers run in QEMU's first thread. The threads of its two processors never sleep, so
# Linux delays the timers by up to 4 ms without real-time priority. The other threads do not inherit
# that priority.
realtime=(chrt --reset-on-fork --fifo 1)
if ! "${realtime[@]}" true 2>/dev/null; then
    realtime=()
    message "note: no permission for real-time priority: the guest's timers may be some milliseconds late"
fi

# kvm hangs on some hosts that offer it; tcg boots in seconds everywhere.
# tsc=reliable: the TSC is the same on both processors, and faster to read than the HPET.
# idle=poll: waking a processor makes the next transfer four times as long.
# norandmaps: QEMU translates a program's code again for each address at which it is loaded.
# setpriv: killing run.sh ends its machine.
setpriv --pdeathsig TERM timeout --kill-after=5 "${UPFUSE_GUEST_TIMEOUT:-600}" \
    "${realtime[@]}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m "${UPFUSE_GUEST_MEMORY:-2048}" -smp 2 \
    -nodefaults -display none -no-reboot \
    -kernel "$tree/boot/vmlinuz-$release" -initrd "$image" \
    -append "$arguments" \
    -serial "file:$share/kernel.log" \
    -chardev stdio,id=output,signal=off -serial chardev:output \
    -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
    -virtfs "local,path=$share,mount_tag=share,security_model=none" \
    </dev/null &
qemu=$!
status=0
wait "$qemu" || status=$?
qemu=""

if [ -s "$share/exit-code" ]; then
    exit "$(cat "$share/exit-code")"
fi
tail -n 20 "$share/kernel.log" >&2 || true
if [ "$status" -eq 124 ]; then
    message "error: the guest took longer than ${UPFUSE_GUEST_TIMEOUT:-600} s"
    exit 124
fi
message "error: the guest ended before the script did (qemu: $status)"
exit 125
