# Tests the Windows packages under Wine: what the installer adds, that it works, and that nothing of it
# is left afterwards. Sourced, never run.

. "$root_dir/tests/package/version.sh"
home="$WINEPREFIX/drive_c/users/$(id -un)"
installed="$home/AppData/Local/Programs/Upfuse"

test_packages() {
    test_incomplete
    "$root_dir/tests/package/windows.sh" --binaries "$out_dir" >/dev/null
    # The same installer with programs of a few kilobytes, as an earlier version.
    local small="$build_dir/small" program
    rm -rf "$small"
    mkdir -p "$small"
    for program in upfuse upfuse-cli upfuse-driver; do cp "$run_dir/hold.exe" "$small/$program.exe"; done
    UPFUSE_PACKAGE_VERSION=0.0.1 UPFUSE_PACKAGES="$small" \
        "$root_dir/tests/package/windows.sh" --binaries "$small" >/dev/null
    earlier="$small/upfuse-0.0.1-windows-x64-setup.exe"
    current="$root_dir/target/packages/upfuse-$(package_version)-windows-x64-setup.exe"
    # A DLL that Wine lacks and Windows has.
    cp "$run_dir/bcryptprimitives.dll" "$WINEPREFIX/drive_c/windows/system32/"

    # Of a run that was stopped.
    [ ! -e "$installed/upfuse-uninstall.exe" ] || uninstall
    test_portable
    test_old_windows
    test_search_paths
    test_another_folder
    test_own_files
    test_folder_without_path
    test_linked_folder
    test_installer
}

# Nothing is packed without one of the programs.
test_incomplete() {
    local folder="$build_dir/incomplete" missing program error
    for missing in upfuse upfuse-cli upfuse-driver; do
        rm -rf "$folder"
        mkdir -p "$folder"
        for program in upfuse upfuse-cli upfuse-driver; do cp "$run_dir/hold.exe" "$folder/$program.exe"; done
        rm "$folder/$missing.exe"
        if error="$(UPFUSE_PACKAGES="$folder" "$root_dir/tests/package/windows.sh" --binaries "$folder" 2>&1)" ||
            [[ "$error" != *"has no $missing.exe"* ]]; then
            result FAIL "packed without $missing.exe: $error"
            return
        fi
    done
    result ok "no package without one of the programs"
}

test_portable() {
    local folder="$build_dir/portable" version
    rm -rf "$folder"
    python3 -m zipfile -e "${current%-setup.exe}.zip" "$folder"
    version="$(timeout 60 $wine "$folder"/upfuse-*/upfuse-cli.exe --version 2>&1 || true)"
    if [[ "$version" = "upfuse "* ]] && [ -s "$(echo "$folder"/*/upfuse-licenses/THIRD-PARTY.txt)" ]; then
        result ok "the portable archive has its programs and licences"
    else
        result FAIL "the portable archive does not work: $version"
    fi
    if python3 -m zipfile -l "${current%-setup.exe}.zip" | sed '1d; s/ .*//' | LC_ALL=C sort -c; then
        result ok "the portable archive is in order"
    else
        result FAIL "the portable archive is in the order of the file system"
    fi
}

# Wine is Windows 7 until it is told otherwise.
test_old_windows() {
    timeout 60 $wine winecfg -v win7
    setup 2 "on Windows 7" "$current"
    if [ -e "$installed" ]; then result FAIL "the installer left files on Windows 7"; fi
    timeout 60 $wine winecfg -v win10
}

# setup CODE WHEN INSTALLER [ARGUMENT...]: runs it, which must end with CODE.
setup() {
    local code="$1" when="$2" status=0
    shift 2
    # "_?=" must come last: the uninstaller then runs from its own place, and ends with its code.
    timeout 120 $wine "$1" /S "${@:2}" >/dev/null 2>&1 || status=$?
    if [ "$status" -eq "$code" ]; then
        result ok "exit code $status of the installer $when"
    else
        result FAIL "exit code $status instead of $code of the installer $when"
    fi
}

# install_earlier [/D=FOLDER]
install_earlier() {
    timeout 60 $wine "$earlier" /S "$@" >/dev/null 2>&1 || result FAIL "exit code $? of the installer"
}

uninstall() {
    timeout 60 $wine "$installed/upfuse-uninstall.exe" /S >/dev/null 2>&1 || true
    # It runs from a copy, so that it can remove itself.
    wait_until 30 test ! -e "$installed" || result FAIL "the uninstaller left $(ls "$installed")"
}

# user_registry KEY: all below it, except Wine's own.
user_registry() {
    timeout 60 $wine regedit /E "$(windows_path "$build_dir/registry.txt")" "HKEY_CURRENT_USER$1" \
        >/dev/null 2>&1 || true
    python3 - "$build_dir/registry.txt" <<'PYTHON'
import sys
keys = open(sys.argv[1], encoding="utf-16").read().split("\n\n")
keys = (key.strip() for key in keys if "\\Software\\Wine" not in key.partition("\n")[0])
print(*filter(None, keys), sep="\n\n")
PYTHON
}

# set_registry TEXT: imports it; "\n" ends a line.
set_registry() {
    printf "Windows Registry Editor Version 5.00\n\n$1\n" | iconv -t UTF-16 >"$build_dir/set.reg"
    timeout 60 $wine regedit /S "$(windows_path "$build_dir/set.reg")" >/dev/null 2>&1
}

# set_search_path TYPE TEXT: TYPE is 1 (plain) or 2 (with variables); "\0" is a zero; "-" removes it.
set_search_path() {
    if [ "$2" = - ]; then
        set_registry '[HKEY_CURRENT_USER\\Environment]\n"Path"=-'
    else
        set_registry "[HKEY_CURRENT_USER\\\\Environment]\\n\"Path\"=hex($1):$(
            printf '%s\0' "$2" | sed 's/\\0/\x00/g' | iconv -f UTF-8 -t UTF-16LE |
                od -An -v -tx1 | tr -d ' \n' | sed 's/../&,/g; s/,$//')"
    fi
}

# The type and the text of PATH; nothing if there is none, or an empty one.
search_path() {
    user_registry '\Environment' | python3 -c '
import re, sys
found = re.search(r"""^"Path"=(?:"(.*)"|hex\((\d)\):(.*))$""", sys.stdin.read().replace("\\\n", ""), re.M)
if found:
    plain, kind, digits = found.groups()
    text = plain.replace("\\\\", "\\") if digits is None else bytes.fromhex(
        digits.replace(",", "")).decode("utf-16-le").removesuffix("\0")
    print(text and f"{kind or 1} {text}", end="")'
}

# Each PATH gets the entry, and is the same to the byte when it is removed.
test_search_paths() {
    local long
    # More than a string of the installer holds, by far.
    long="$(printf '%%USERPROFILE%%\\a folder für %04d;' {1..500})"
    test_search_path "no PATH" 2 -
    test_search_path "an empty PATH" 2 ''
    test_search_path "a plain PATH that ends in a semicolon" 1 'C:\a;C:\%PATH%\b;'
    test_search_path "a PATH with $((${#long} - 1)) characters" 2 "${long%;}"
    test_kept_search_path "a PATH that would be too long" "$long$long;$(printf '%1000s' '')"
    test_kept_search_path "a PATH with a zero inside" 'C:\a\0;C:\b'
    test_kept_search_path "a PATH that has the folder with a backslash" \
        "C:\\a;C:\\users\\$(id -un)\\AppData\\Local\\Programs\\Upfuse\\;C:\\b"
}

# test_kept_search_path NAME TEXT: what cannot be extended stays as it is.
test_kept_search_path() {
    set_search_path 2 "$2"
    local before
    before="$(user_registry '\Environment')"
    install_earlier
    if [ "$(user_registry '\Environment')" = "$before" ]; then
        result ok "$1 is unchanged"
    else
        result FAIL "$1 has changed"
    fi
    uninstall
}

# test_search_path NAME TYPE TEXT
test_search_path() {
    local before after entry="C:\\users\\$(id -un)\\AppData\\Local\\Programs\\Upfuse"
    set_search_path "$2" "$3"
    before="$(search_path)"
    install_earlier
    after="$(search_path)"
    uninstall
    if [[ "$after;" != *"$entry;"* ]] || [[ "$after" != "${before:-2 }"* ]]; then
        result FAIL "$1 has no entry, or has changed: ${after: -200}"
    elif [ "$(search_path)" != "$before" ]; then
        result FAIL "$1 is not the same afterwards: $(search_path | tail -c 200)"
    else
        result ok "$1 gets an entry, and is the same afterwards"
    fi
}

# An upgrade into another folder leaves nothing in the first, nor in PATH.
test_another_folder() {
    local another="$WINEPREFIX/drive_c/O'Briën/Upfuse" found
    set_search_path 2 'C:\a'
    install_earlier
    install_earlier "/D=C:\\O'Briën\\Upfuse"
    found="$(search_path)"
    if [ -e "$installed" ] || [ "$found" != "2 C:\\a;C:\\O'Briën\\Upfuse" ]; then
        result FAIL "after an upgrade into another folder the first is left, or PATH is wrong: $found"
        return
    fi
    result ok "an upgrade into another folder removes the first"
    # What somebody else put there stays.
    echo mine >"$another/mine.txt"
    timeout 60 $wine "$another/upfuse-uninstall.exe" /S >/dev/null 2>&1 || true
    if wait_until 30 test ! -e "$another/upfuse-uninstall.exe" &&
        [ "$(ls "$another") $(search_path)" = 'mine.txt 2 C:\a' ]; then
        result ok "the uninstaller keeps a file that is not its own"
    else
        result FAIL "the uninstaller left or removed too much: $(ls "$another") $(search_path)"
    fi
    rm -rf "${another%/*}"
}

# uninstall_from FOLDER: until nothing of Upfuse is in it.
uninstall_from() {
    timeout 60 $wine "$1/upfuse-uninstall.exe" /S >/dev/null 2>&1 || true
    wait_until 30 test ! -e "$1/upfuse-uninstall.exe" || result FAIL "the uninstaller left $(ls "$1")"
}

# In a folder with files of the same names as those of the archive but the programs.
test_own_files() {
    local folder="$WINEPREFIX/drive_c/Tools" text during
    mkdir -p "$folder"
    for text in LICENSE-MIT LICENSE-APACHE THIRD-PARTY Inter-OFL; do echo mine >"$folder/$text.txt"; done
    install_earlier '/D=C:\Tools'
    [ -e "$folder/upfuse.exe" ] || result FAIL "nothing was installed in $folder"
    during="$(cat "$folder"/*.txt)"
    uninstall_from "$folder"
    if [ "$during" = "$(yes mine | head -n 4)" ] &&
        [ "$(cd "$folder" && echo *)" = "Inter-OFL.txt LICENSE-APACHE.txt LICENSE-MIT.txt THIRD-PARTY.txt" ]; then
        result ok "people's files in the same folder stay"
    else
        result FAIL "people's files were replaced or removed: $(ls "$folder")"
    fi
    rm -rf "$folder"
}

# PATH cannot hold a folder with a semicolon, and would replace what is between two percent signs.
test_folder_without_path() {
    local name found
    for name in 'a;b' 'a%OS%b'; do
        set_search_path 2 'C:\a;b;C:\c'
        install_earlier "/D=C:\\$name"
        found="$(search_path)"
        [ -e "$WINEPREFIX/drive_c/$name/upfuse.exe" ] || result FAIL "nothing was installed in $name"
        uninstall_from "$WINEPREFIX/drive_c/$name"
        if [ "$found $(search_path)" = '2 C:\a;b;C:\c 2 C:\a;b;C:\c' ]; then
            result ok "PATH is unchanged for the folder $name"
        else
            result FAIL "PATH has changed for the folder $name: $found, then $(search_path)"
        fi
    done
}

# Through a link the uninstaller sees its folder under another name than PATH has it.
test_linked_folder() {
    set_search_path 2 'C:\a'
    install_earlier
    ln -sfn "$installed" "$WINEPREFIX/drive_c/linked"
    timeout 60 $wine 'C:\linked\upfuse-uninstall.exe' /S >/dev/null 2>&1 || true
    if wait_until 30 test ! -e "$installed" && [ "$(search_path)" = '2 C:\a' ]; then
        result ok "the uninstaller finds its entry in PATH under another name of its folder"
    else
        result FAIL "the uninstaller left $(ls "$installed") $(search_path)"
    fi
    rm -rf "$WINEPREFIX/drive_c/linked" "$installed"
}

# Without the settings, which stay.
files_of_user() {
    (cd "$home" &&
        find . \( -path ./Temp -o -path './AppData/Roaming/*pfuse*' \) -prune -o -print | sort)
}

test_installer() {
    set_search_path 2 'C:\a;%USERPROFILE%\b'
    # Another program's file type stays its own.
    set_registry '[HKEY_CURRENT_USER\\Software\\Classes\\.upfuse]\n@="Other.Program"'
    local before_files before_registry
    before_files="$(files_of_user)"
    before_registry="$(user_registry '')"

    setup 0 "of an earlier version" "$earlier"
    hold_installed
    setup 5 "while the program runs" "$current"
    setup 5 "for removal, while the program runs" "$installed/upfuse-uninstall.exe" \
        "_?=C:\\users\\$(id -un)\\AppData\\Local\\Programs\\Upfuse"
    release
    if cmp -s "$installed/upfuse.exe" "$run_dir/hold.exe"; then
        result ok "the program that ran is unchanged"
    else
        result FAIL "the program that ran has changed"
    fi
    setup 0 "over an earlier version" "$current"
    check_installed
    test_installed
    test_association

    uninstall
    local left
    left="$(diff <(printf '%s\n' "$before_files") <(files_of_user) || true)$(
        diff <(printf '%s\n' "$before_registry") <(user_registry '') || true)"
    if [ -z "$left" ]; then
        result ok "the uninstaller leaves files and registry as they were"
    else
        result FAIL "the uninstaller leaves: $left"
    fi
}

# Runs the installed stand-in until `release`.
hold_installed() {
    echo held >"$build_dir/held.txt"
    local log="$build_dir/hold.log"
    rm -f "$log"
    $wine "$installed/upfuse.exe" "$(windows_path "$build_dir/held.txt")" >"$log" 2>&1 &
    holder=$!
    wait_until 30 grep -q held "$log" || die "the installed program did not start"
}

# hashes FOLDER
hashes() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2); }

check_installed() {
    local expected found
    expected="$(hashes "$build_dir/portable"/upfuse-*)"
    found="$(hashes "$installed" | grep -v upfuse-uninstall.exe)"
    if [ "$found" = "$expected" ]; then
        result ok "the installed files are those of the portable archive"
    else
        result FAIL "the installed files differ: $(diff <(echo "$expected") <(echo "$found"))"
    fi
    local registry
    registry="$(user_registry '\Software')"
    if grep -qF "\"DisplayVersion\"=\"$(package_version)\"" <<<"$registry" &&
        grep -qF '@="Upfuse.Firmware"' <<<"$registry" && grep -qF '@="Other.Program"' <<<"$registry"; then
        result ok "version and file types are registered, and another program's file type is its own"
    else
        result FAIL "version or file types are not registered, or another's file type was taken"
    fi
    if [ -f "$home/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Upfuse.lnk" ]; then
        result ok "Upfuse is in the start menu"
    else
        result FAIL "Upfuse is not in the start menu"
    fi
}

# As from a terminal: by PATH.
test_installed() {
    local log="$build_dir/last-command.log" status=0
    (cd "$files" && timeout 120 $wine cmd /c "upfuse-cli --simulate f407 upgrade firmware.dfu") \
        >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ] && grep -q verified "$log"; then
        result ok "upfuse-cli runs from everywhere, and upgrades a simulated board"
    else
        result FAIL "exit code $status of the installed upfuse-cli: $(tail -n 5 "$log")"
    fi
}

# As a double click, which finds the program of a file type by these two keys; Wine's Explorer does not
# look among those of one person. The file is then among the recent ones.
test_association() {
    local settings="$home/AppData/Roaming/upfuse/settings.json" file="$files/double click.dfu" class command
    cp "$files/firmware.dfu" "$file"
    class="$(default_value .dfu)"
    command="$(default_value "$class\\shell\\open\\command")"
    if [[ ! "$command" =~ ^\"(.*)\"\ \"%1\"$ ]]; then
        result FAIL "the command of a .dfu file is wrong: $command"
        return
    fi
    $wine "${BASH_REMATCH[1]}" "$(windows_path "$file")" >/dev/null 2>&1 &
    local window=$!
    if wait_until 60 xdotool search --onlyvisible --name '^Upfuse'; then
        wait_until 30 xdotool search --name '^Upfuse' windowfocus --sync key ctrl+q || true
        wait_until 30 gone "$window" || kill "$window"
    fi
    if grep -qF "double click.dfu" "$settings"; then
        result ok "a .dfu file opens in the window"
    else
        result FAIL "a .dfu file did not open in the window"
    fi
    rm -f "$file" "$settings"
    rmdir "${settings%/*}" || true
}

# default_value KEY: below HKEY_CURRENT_USER\Software\Classes.
default_value() {
    user_registry "\\Software\\Classes\\$1" | sed -n '0,/^@=/{s/\\\(.\)/\1/g; s/^@="\(.*\)"$/\1/p}'
}
