# Builds the Windows programs and inspects the files. Sourced, never run.

program_target=x86_64-pc-windows-gnu
program_limit=18500000

log_time() { printf -- '-- %s after %d s\n' "$1" "$SECONDS"; }

# Debian's compiler has no standard library for Windows, but its source.
build_programs() {
    local gcc=x86_64-w64-mingw32-gcc
    message "building for $program_target"
    env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS \
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        CC_x86_64_pc_windows_gnu=$gcc \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=$gcc \
        /usr/bin/cargo build --quiet --locked --release --bins \
        --manifest-path "$root_dir/Cargo.toml" --target-dir "$build_dir" \
        -Zbuild-std=std,panic_abort,proc_macro --target $program_target
    mkdir -p "$out_dir" "$run_dir"
    local program
    for program in upfuse upfuse-cli upfuse-driver; do
        install -m 755 "$build_dir/$program_target/release/$program.exe" "$out_dir"
        install -m 755 "$out_dir/$program.exe" "$run_dir"
    done
    $gcc -shared -s -o "$run_dir/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32
    $gcc -municode -s -o "$run_dir/hold.exe" "$here/hold.c"
}

check_programs() {
    check_program upfuse.exe "Windows GUI"
    check_program upfuse-cli.exe "Windows CUI"
    check_program upfuse-driver.exe "Windows CUI"
    check_driver_imports
}

# check_program NAME SUBSYSTEM
check_program() {
    local file="$out_dir/$1" headers="$build_dir/headers.txt" size unknown
    x86_64-w64-mingw32-objdump -p "$file" >"$headers"
    size=$(stat -c %s "$file")
    if [ "$size" -le $program_limit ]; then
        result ok "$1 has $size bytes"
    else
        result FAIL "$1 has $size bytes, more than $program_limit"
    fi
    if grep -q "^Subsystem.*($2)" "$headers"; then
        result ok "$1 has the subsystem $2"
    else
        result FAIL "$1 does not have the subsystem $2"
    fi
    unknown="$(sed -n 's/^\tDLL Name: //p' "$headers" | tr 'A-Z' 'a-z' | sort -u |
        grep -vxF -f <(known_dlls) || true)"
    if [ -z "$unknown" ]; then
        result ok "$1 imports only DLLs that every Windows 10 has"
    else
        result FAIL "$1 imports" $unknown
    fi
    check_resources "$1"
}

# check_resources NAME: icon, version information and manifest, by their resource types.
check_resources() {
    local file="$out_dir/$1" missing=() kind text
    for kind in 0e 10 18; do
        grep -qE "^[0-9a-f]{3}   Entry: ID: 0x0000$kind," "$build_dir/headers.txt" ||
            missing+=("resource $kind")
    done
    # The one without a window runs as administrator.
    local own=(PerMonitorV2 'level="asInvoker"')
    if [ "$1" = upfuse-driver.exe ]; then own=('level="requireAdministrator"'); fi
    for text in "${own[@]}" '<activeCodePage.*>UTF-8<' '<longPathAware.*>true<' \
        8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a; do
        grep -qaE "$text" "$file" || missing+=("$text")
    done
    # Strings of the version information are UTF-16.
    for text in OriginalFilename "$1"; do
        grep -qaP "$(sed 's/\./\\./g; s/\\\?./&\\x00/g' <<<"$text")" "$file" || missing+=("$text")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        result ok "$1 has its icon, version information and manifest"
    else
        result FAIL "$1 lacks ${missing[*]}"
    fi
}

# The program for administrators names only DLLs that Windows never looks for in the program's folder:
# "known DLLs", what they need, and sets of the API.
check_driver_imports() {
    local planted
    planted="$(x86_64-w64-mingw32-objdump -p "$out_dir/upfuse-driver.exe" |
        sed -n 's/^\tDLL Name: //p' | tr 'A-Z' 'a-z' | sort -u |
        grep -vxE '(advapi32|bcryptprimitives|cfgmgr32|kernel32|msvcrt|ntdll|oleaut32|setupapi|api-ms-win-.*)\.dll' || true)"
    if [ -z "$planted" ]; then
        result ok "upfuse-driver.exe takes no DLL from its own folder"
    else
        result FAIL "upfuse-driver.exe may take from its own folder" $planted
    fi
}

# In C:\Windows\System32 of every edition since Windows 10.
known_dlls() {
    cat <<'DLLS'
advapi32.dll
api-ms-win-core-synch-l1-2-0.dll
api-ms-win-core-winrt-error-l1-1-0.dll
bcrypt.dll
bcryptprimitives.dll
cfgmgr32.dll
combase.dll
comctl32.dll
crypt32.dll
dwmapi.dll
dwrite.dll
gdi32.dll
imm32.dll
kernel32.dll
msvcrt.dll
ntdll.dll
ole32.dll
oleaut32.dll
opengl32.dll
propsys.dll
rpcrt4.dll
setupapi.dll
shell32.dll
shlwapi.dll
uiautomationcore.dll
user32.dll
userenv.dll
uxtheme.dll
version.dll
winmm.dll
winusb.dll
ws2_32.dll
DLLS
}
