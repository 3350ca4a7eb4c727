# Tests the driver commands under Wine, with boards that the registry remembers. Sourced, never run.

# remember_boards: one for each driver that people have bound to a bootloader, and devices that look
# like one. The values are those of the INFs (src/discovery/driver/samples.rs).
remember_boards() {
    local file="$build_dir/boards.reg"
    {
        echo 'Windows Registry Editor Version 5.00'
        device 'VID_0483&PID_DF11\NONE' '' '' "$dfu"
        device 'VID_0483&PID_DF11\DFUSE' STTub30 1 "$dfu"
        driver 1 oem12.inf STMicroelectronics 'STM Device in DFU Mode'
        device 'VID_0483&PID_DF11\SIM-1' STTub30 1 "$dfu"
        device 'VID_0483&PID_DF11\CUBE' WINUSB 2 "$dfu"
        driver 2 oem31.inf STMicroelectronics 'STM32 Bootloader'
        device 'VID_0483&PID_DF11\INBOX' WinUSB 3 "$dfu"
        driver 3 winusb.inf Microsoft 'WinUsb Device'
        device 'VID_0483&PID_DF11\IMPULSE' WinUSB 4 "$dfu"
        driver 4 oem44.inf libwdi 'ImpulseRC Flight Controller'
        device 'VID_0483&PID_DF11\ZADIG' WinUSB 5 "$dfu"
        driver 5 oem45.inf libwdi 'STM32  BOOTLOADER'
        device 'VID_0483&PID_DF11\COMPOSITE' usbccgp '' 'USB\COMPOSITE'
        device 'VID_0483&PID_DF11\KEYBOARD' HidUsb '' 'USB\Class_03&SubClass_01&Prot_01'
        device 'VID_046D&PID_C077\MOUSE' HidUsb '' 'USB\Class_03&SubClass_01&Prot_02'
    } | sed 's/$/\r/' | iconv -t UTF-16 >"$file"
    $wine regedit /S "$(windows_path "$file")"
}

dfu='USB\Class_fe&SubClass_01&Prot_02'

# device INSTANCE SERVICE DRIVER COMPATIBLE
device() {
    local id="USB\\${1%%\\*}"
    printf '\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\USB\\%s]\n' "$1"
    printf '"HardwareID"=hex(7):%s,00,00\n' "$(utf16 "$id&REV_2200" "$id")"
    printf '"CompatibleIDs"=hex(7):%s,00,00\n' "$(utf16 "$4")"
    if [ -n "$2" ]; then printf '"Service"="%s"\n' "$2"; fi
    if [ -n "$3" ]; then
        printf '"ClassGUID"="%s"\n' "$class"
        printf '"Driver"="%s\\\\000%s"\n' "$class" "$3"
    fi
}

# driver NUMBER INF PROVIDER DESCRIPTION
driver() {
    printf '\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control\\Class\\%s\\000%s]\n' "$class" "$1"
    printf '"InfPath"="%s"\n"ProviderName"="%s"\n"DriverDesc"="%s"\n' "${@:2}"
}

class='{88bae032-5a81-49f0-bc3d-a4ff138216d6}'

# utf16 TEXT...: as the bytes of a registry file, each with its NUL.
utf16() { printf '%s\0' "$@" | iconv -t UTF-16LE | od -An -v -tx1 | tr -s ' \n' ',' | sed 's/^,//; s/,$//'; }

test_driver() {
    remember_boards
    local of="$build_dir/drivers.txt" wanted="$build_dir/wanted.txt"
    cli driver status --json 2>/dev/null | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    print(row["instance"].split("\\")[2], row["driver"], row["works"], row["inf"])
' | sort >"$of" || true
    sort >"$wanted" <<'ROWS'
NONE none False None
DFUSE st-dfuse False oem12.inf
SIM-1 st-dfuse False oem12.inf
CUBE st-winusb True oem31.inf
INBOX inbox-winusb True winusb.inf
IMPULSE impulserc True oem44.inf
ZADIG libwdi True oem45.inf
COMPOSITE other False None
KEYBOARD other False None
ROWS
    if diff "$wanted" "$of"; then
        result ok "the driver of every remembered board is named"
    else
        result FAIL "the drivers of the remembered boards are named wrongly"
    fi
    local board='USB\VID_0483&PID_DF11'
    expect 0 "DfuSe's driver (STTub30, by STMicroelectronics, oem12.inf)" driver status
    expect 7 "no bootloader" driver install --device 'USB\VID_046D&PID_C077\MOUSE'
    expect 7 "several functions" driver install --device "$board\\COMPOSITE"
    expect 7 "keyboard" driver install --device "$board\\KEYBOARD" --json
    expect 3 "not plugged in" driver install --device "$board\\NOWHERE"
    expect 0 "Zadig's driver" driver install --device "$board\\ZADIG"
    expect 0 "DfuSe's driver" driver restore --device "$board\\DFUSE"
    expect 3 "there is no board" driver install --device 9-9
    expect 7 "simulated" --simulate f407-wrong-driver driver install
    test_hand_over "$board"
    # What is known is not asked for: all of the above needs no upfuse-driver.exe, a change does.
    mv "$run_dir/upfuse-driver.exe" "$run_dir/away.exe"
    expect 7 "several functions" driver install --device "$board\\COMPOSITE"
    expect 1 "upfuse-driver.exe is missing" driver install --device "$board\\DFUSE"
    mv "$run_dir/away.exe" "$run_dir/upfuse-driver.exe"
}

# test_hand_over BOARD: a change reaches upfuse-driver.exe, which refuses by itself as well. Wine asks
# for no administrator rights.
test_hand_over() {
    local report='HKLM\Software\Upfuse\Driver\USB#VID_0483&PID_DF11#DFUSE'
    $wine reg delete "$report" /f >/dev/null 2>&1 || true
    # How it ends depends on the calls that this Wine has.
    cli driver install --device "$1\\DFUSE" >"$build_dir/last-command.log" 2>&1 </dev/null || true
    if $wine reg query "$report" /v Report >/dev/null 2>&1; then
        result ok "upfuse-driver.exe is started and leaves its report"
    else
        result FAIL "upfuse-driver.exe left no report"
        tail -n 5 "$build_dir/last-command.log"
    fi
    local status=0
    $wine "$run_dir/upfuse-driver.exe" install "$1\\COMPOSITE" >"$build_dir/last-command.log" 2>&1 ||
        status=$?
    if [ "$status" -eq 7 ] && grep -q '"composite"' "$build_dir/last-command.log"; then
        result ok "upfuse-driver.exe refuses a composite device by itself"
    else
        result FAIL "upfuse-driver.exe does not refuse a composite device: exit code $status"
    fi
}
