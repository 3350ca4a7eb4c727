# A Wine prefix for the programs. Sourced, never run.

wine=/usr/lib/wine/wine64
export WINEPREFIX="$root_dir/target/windows/wine"
export WINEDEBUG=-all
# No dialogs about browsers and .NET, no entries in this machine's menus.
export WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="
# File names are UTF-8, as Wine's programs see them.
export LANG=C.UTF-8 LC_ALL=C.UTF-8

wine_started=""
start_wine() {
    wine_started=yes
    if [ ! -f "$WINEPREFIX/system.reg" ]; then
        mkdir -p "$WINEPREFIX"
        timeout 300 $wine wineboot --init >/dev/null 2>&1 || die "Wine did not start"
    fi
    # Removes the settings of earlier runs.
    rm -rf "$WINEPREFIX"/drive_c/users/*/AppData/{Roaming,Local}/*pfuse*
}

# Ends the programs of this prefix, and nothing else.
stop_wine() {
    [ -n "$wine_started" ] || return 0
    timeout 30 "$(dirname "$wine")/wineserver64" -k >/dev/null 2>&1 || true
}

# windows_path PATH: as a Windows program sees it.
windows_path() { printf 'Z:%s' "${1//\//\\}"; }

# cli ARGUMENT...: runs upfuse-cli.exe; returns its exit code.
cli() { timeout 120 $wine "$run_dir/upfuse-cli.exe" "$@"; }
