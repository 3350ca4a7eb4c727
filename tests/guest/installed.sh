#!/bin/bash
# Tests the installed package with a real udev: a Debian of its own boots in the guest, two people log
# in at its screen, the .deb is installed, and simulated boards are plugged in.
#
#   tests/guest/installed.sh
#
# After tests/package/linux.sh; needs root. The log is target/guest/log, details are beside it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root_dir/tests/package/version.sh"
. "$root_dir/tests/package/root.sh"

if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: making a Debian to boot needs root"
    exit 0
fi
need_packages mmdebstrap python3

target="$root_dir/target"
system="$target/guest/system"
export UPFUSE_SHARE="$target/guest/share"
rm -rf "$UPFUSE_SHARE"
mkdir -p "$UPFUSE_SHARE"
unpack_root "$system"

# Logs a person in at a terminal of the screen, as if they had typed their password there.
login_at() {
    local unit="$system/etc/systemd/system/getty@$1.service.d"
    mkdir -p "$unit"
    printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin %s --noclear %%I linux\n' "$2" >"$unit/login.conf"
    ln -sf /usr/lib/systemd/system/getty@.service "$system/etc/systemd/system/getty.target.wants/getty@$1.service"
}
mkdir -p "$system/etc/systemd/system/getty.target.wants" "$system/etc/systemd/system/multi-user.target.wants"
# One as an installation makes the first person; one in no group but their own; one never logged in.
in_root "$system" useradd --create-home --groups plugdev,audio,video,dialout --shell /bin/bash seated
in_root "$system" useradd --create-home --shell /bin/bash groupless
in_root "$system" useradd --create-home --shell /bin/bash remote
login_at tty1 seated
login_at tty2 groupless

# In place of the password that the dialog asks for.
mkdir -p "$system/etc/polkit-1/rules.d"
cat >"$system/etc/polkit-1/rules.d/10-test.rules" <<'END'
polkit.addRule(function(action, subject) {
    if (action.id == "org.freedesktop.policykit.exec" && subject.user == "seated") return polkit.Result.YES;
});
END

# Without it, the first boot asks questions.
tr -d '-' </proc/sys/kernel/random/uuid >"$system/etc/machine-id"
cat >"$system/etc/systemd/system/upfuse-job.service" <<'END'
[Service]
Type=oneshot
ExecStart=/bin/bash -c 'bash /upfuse-share/job </dev/null >/dev/ttyS1 2>&1; echo $$? >/upfuse-share/exit-code; sync; systemctl poweroff --force --force'
END
ln -sf ../upfuse-job.service "$system/etc/systemd/system/multi-user.target.wants/upfuse-job.service"

"$guest_dir/flash.py" make bin "$UPFUSE_SHARE/firmware.bin" 5 0x08000000+40000
cp "$(echo "$target/packages/upfuse_$(package_version)"-*.deb)" "$UPFUSE_SHARE/upfuse.deb"
# The command of the window's button, as the source has it.
python3 - "$root_dir/src/discovery/udev/install.rs" >"$UPFUSE_SHARE/install-rule" <<'END'
import re, sys
source = open(sys.argv[1]).read()
text = re.search(r'const INSTALL: &str = "(.*?)";', source, re.S).group(1)
print(re.sub(r"\\\n\s*", "", text))
END

status=0
UPFUSE_GUEST_SYSTEM="$system" UPFUSE_GUEST_TIMEOUT="${UPFUSE_GUEST_TIMEOUT:-2700}" \
    run_in_guest "$guest_dir/in_system.sh" >"$target/guest/log" 2>&1 || status=$?
cat "$target/guest/log"
rm -rf --one-file-system "$system"
exit "$status"
