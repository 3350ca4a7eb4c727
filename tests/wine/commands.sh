# Tests commands under Wine by exit code and output. Sourced, never run.

# expect CODE TEXT ARGUMENT...: runs upfuse-cli, which must end with CODE and print TEXT.
expect() {
    local code="$1" text="$2" status=0 log="$build_dir/last-command.log"
    shift 2
    cli "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne "$code" ]; then
        result FAIL "exit code $status instead of $code: upfuse-cli $*"
        tail -n 5 "$log"
    elif ! grep -qiF -- "$text" "$log"; then
        result FAIL "exit code $status, but no '$text' in the output: upfuse-cli $*"
        tail -n 5 "$log"
    else
        result ok "exit code $status: upfuse-cli $*"
    fi
}

test_commands() {
    files="$build_dir/files"
    rm -rf "$files"
    mkdir -p "$files"
    cd "$files"
    # Stack in RAM and reset handler in flash, so that the simulated board starts it.
    python3 "$guest_dir/flash.py" random program.bin 7 65528
    { printf '\0\0\2\x20\x01\x02\0\x08' && cat program.bin; } >firmware.bin
    python3 "$guest_dir/flash.py" make hex outside.hex 7 0x08300000+4096

    expect 0 "upfuse 0." --version
    expect 0 "libusb" --version
    expect 0 "exit codes" --help
    expect 0 "" convert firmware.bin@0x08000000 -o firmware.dfu
    expect 0 "0x08000000" info firmware.dfu
    head -c 3000 firmware.dfu >short.dfu
    expect 6 "short.dfu" info short.dfu
    expect 6 "no such file" info missing.dfu
    expect 0 "" convert firmware.dfu -o converted.hex
    expect 0 "0x08000000" info converted.hex
    expect 0 "" --simulate f407 list
    expect 0 "verified" --simulate f407 upgrade firmware.dfu
    expect 0 "0x08000000" --simulate f407 upgrade converted.hex --dry-run
    expect 2 "usage" upgrade
    expect 2 "--no-such-option" list --no-such-option
    expect 3 "9-9" --simulate f407 --device 9-9 upgrade firmware.dfu
    expect 4 "" --simulate f407 --simulate f072 upgrade firmware.dfu
    expect 7 "" --simulate f407 upgrade outside.hex
    expect 7 "--yes" --simulate f407 erase --all
    expect 9 "" --simulate f407 verify firmware.dfu
    expect 10 "" --simulate f407 --device 9-9 --wait 0.2 upgrade firmware.dfu
    cd "$root_dir"
}

test_paths() {
    local odd="$files/моя прошивка für 工具"
    mkdir -p "$odd/sub folder" "$WINEPREFIX/dosdevices/unc/bench"
    cp "$files/firmware.dfu" "$odd/новая версия ü.dfu"
    cp "$files/firmware.dfu" "$odd/sub folder/a b.dfu"
    ln -sfn "$odd" "$WINEPREFIX/dosdevices/unc/bench/share"
    local there
    there="$(windows_path "$odd")"

    cd "$odd"
    expect 0 "новая версия ü.dfu" info "$there\\новая версия ü.dfu"
    expect 0 "" info "${there//\\//}/новая версия ü.dfu"
    expect 0 "" info "новая версия ü.dfu"
    expect 0 "" info 'sub folder\a b.dfu'
    expect 0 "" info '.\sub folder\..\sub folder\a b.dfu'
    expect 0 "" info "\\\\?\\$there\\sub folder\\a b.dfu"
    expect 0 "" info '\\bench\share\sub folder\a b.dfu'
    expect 0 "" convert '\\bench\share\sub folder\a b.dfu' -o '\\bench\share\другой файл.hex'
    expect 0 "" info "$there\\другой файл.hex"
    expect 0 "" convert "0:$there\\новая версия ü.dfu" -o "$there\\с буквой.dfu"
    expect 0 "verified" --simulate f407 upgrade '\\bench\share\новая версия ü.dfu'
    expect 6 "no such file" info '\\nowhere\share\a.dfu'
    expect 6 "no such file" info 'Q:\a.dfu'
    expect 6 "folder" info "$there\\sub folder"
    expect 6 "" info 'bad<name>?.dfu'
    expect 6 "" info NUL

    echo old >read-only.hex
    chmod 444 read-only.hex
    expect 7 "read-only" convert "sub folder\\a b.dfu" -o read-only.hex --yes
    # Not even root can create files there.
    expect 7 "permission" convert "sub folder\\a b.dfu" -o 'Z:\sys\a.hex'
    expect 7 "no such folder" convert "sub folder\\a b.dfu" -o 'no folder\a.hex'
    expect 7 "" convert "sub folder\\a b.dfu" -o 'bad<name>?.hex'

    echo old >held.hex
    hold held.hex
    expect 6 "another program has it open" info held.hex
    expect 7 "another program has it open" convert "sub folder\\a b.dfu" -o held.hex --yes
    release
    if [ "$(cat held.hex read-only.hex)" = $'old\nold' ] && [ -z "$(find . -name '*.part')" ]; then
        result ok "files that could not be replaced are unchanged, and no temporary file is left"
    else
        result FAIL "a file that could not be replaced has changed, or a temporary file is left"
    fi
    expect 0 "" convert "sub folder\\a b.dfu" -o held.hex --yes
    cd "$root_dir"
}

# hold FILE: opens it in another program, until `release`.
hold() {
    local log="$build_dir/hold.log"
    rm -f "$log"
    $wine "$run_dir/hold.exe" "$1" >"$log" 2>&1 &
    holder=$!
    wait_until 30 grep -q held "$log" || die "no program could be made to hold $1"
}

release() {
    kill "$holder"
    wait "$holder" 2>/dev/null || true
}
