#!/bin/bash
# Runs a script on a machine that has a real USB bus: a small virtual one.
#
#   tests/guest/run.sh SCRIPT [ARGUMENT...]
#
# The guest sees this machine's files under a layer of memory: every program here runs there as it
# is, and nothing it writes comes back, except below $UPFUSE_SHARE. That is the directory given by
# UPFUSE_SHARE, or a temporary one. Variables whose names begin with UPFUSE_ are passed on.
# Returns the script's exit code; 124 when it took longer than UPFUSE_GUEST_TIMEOUT seconds (600),
# 125 when the guest died before the script ended.
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
    # Only the machine started here, by its id.
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
    # So that modprobe finds further modules by name.
    printf 'mkdir -p /lib/modules && ln -sfn %q /lib/modules/%s\n' "$tree/lib/modules/$release" "$release"
    printf 'cd %q && exec %q' "$PWD" "$script"
    [ $# -eq 0 ] || printf ' %q' "$@"
    printf '\n'
} >"$share/job"

# The guest's timers go off in QEMU's first thread, beside the two of its processors, which never
# sleep: Linux lets that one wait for up to 4 ms. The others do not inherit its priority.
at_once=(chrt --reset-on-fork --fifo 1)
if ! "${at_once[@]}" true 2>/dev/null; then
    at_once=()
    say "note: no right to real-time priority here: the guest's timers may be some milliseconds late"
fi

# kvm hangs on some hosts that offer it; tcg boots in seconds everywhere.
# tsc=reliable: the TSC counts alike on both processors, and is cheaper to read than the HPET.
# idle=poll: a processor that has to be woken makes the next transfer four times as long.
# norandmaps: QEMU translates a program's code anew for each address that it is loaded at.
# setpriv: a killed run.sh takes its machine with it.
setpriv --pdeathsig TERM timeout --kill-after=5 "${UPFUSE_GUEST_TIMEOUT:-600}" \
    "${at_once[@]}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m "${UPFUSE_GUEST_MEMORY:-2048}" -smp 2 \
    -nodefaults -display none -no-reboot \
    -kernel "$tree/boot/vmlinuz-$release" -initrd "$image" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable idle=poll norandmaps" \
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
    say "error: the guest took longer than ${UPFUSE_GUEST_TIMEOUT:-600} s"
    exit 124
fi
say "error: the guest ended before the script did (qemu: $status)"
exit 125
