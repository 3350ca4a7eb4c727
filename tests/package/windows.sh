#!/bin/bash
# windows.sh [--binaries FOLDER]: packs the Windows programs as an installer and as a portable archive
# into target/packages. FOLDER (target/windows/out, where tests/wine/run.sh leaves them) holds
# upfuse.exe, upfuse-cli.exe and upfuse-driver.exe.
#
# Needs NSIS, ImageMagick and zip; installs them on Debian when run as root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/version.sh"

binaries="$root_dir/target/windows/out"
case "${1:-}" in
    "") ;;
    --binaries) binaries="$(realpath "${2:?a folder is missing}")" ;;
    *) die "usage: windows.sh [--binaries FOLDER]" ;;
esac
# The tests make installers of other versions from the same files.
version="${UPFUSE_PACKAGE_VERSION:-$(package_version)}"
packages="${UPFUSE_PACKAGES:-$root_dir/target/packages}"
name="upfuse-$version-windows-x64"
# No name in the installer's folder is one that people's files there might have.
licenses=upfuse-licenses
work="$root_dir/target/windows/package"

need_packages imagemagick nsis zip

# The files of both, so that they hold the same.
stage() {
    local program
    rm -rf "$work"
    mkdir -p "$work/$name/$licenses" "$packages"
    for program in upfuse upfuse-cli upfuse-driver; do
        [ -f "$binaries/$program.exe" ] || die "$binaries has no $program.exe"
        install -m 755 "$binaries/$program.exe" "$work/$name"
    done
    local text
    for text in LICENSE-MIT LICENSE-APACHE; do
        install -m 644 "$root_dir/$text" "$work/$name/$licenses/$text.txt"
    done
    install -m 644 "$root_dir/assets/THIRD-PARTY.txt" "$work/$name/$licenses"
    install -m 644 "$root_dir/assets/fonts/OFL.txt" "$work/$name/$licenses/Inter-OFL.txt"
    # The same files make the same archive.
    find "$work/$name" -exec touch -h -d "@$(source_date)" {} +
}

portable() {
    rm -f "$packages/$name.zip"
    # In the order of a file system, it would differ from machine to machine.
    (cd "$work" && find "$name" | LC_ALL=C sort | TZ=UTC zip -qX "$packages/$name.zip" -@)
}

installer() {
    local file
    {
        printf 'CreateDirectory "$INSTDIR\\%s"\n' "$licenses" >&3
        while IFS= read -r file; do
            printf 'File "/oname=%s" "%s"\n' "${file//\//\\}" "$work/$name/$file" >&3
            printf 'Delete "$INSTDIR\\%s"\n' "${file//\//\\}" >&4
        done < <(find "$work/$name" -type f -printf '%P\n' | LC_ALL=C sort)
        printf 'RMDir "$INSTDIR\\%s"\n' "$licenses" >&4
    } 3>"$work/add.nsh" 4>"$work/remove.nsh"
    # The side of the last page.
    convert -size 164x314 xc:'#F1F5FC' "$root_dir/assets/icons/icon-128.png" -gravity center \
        -composite -type TrueColor "BMP3:$work/side.bmp"
    touch -d "@$(source_date)" "$work/side.bmp"
    SOURCE_DATE_EPOCH="$(source_date)" makensis -V2 -WX -NOCD -INPUTCHARSET UTF8 \
        "-X!addincludedir $root_dir/assets/windows" \
        "-DVERSION=$version" "-DNUMBERS=${version%%[-+]*}" \
        "-DADD_FILES=$work/add.nsh" "-DREMOVE_FILES=$work/remove.nsh" \
        "-DKILOBYTES=$(du -sk --apparent-size "$work/$name" | cut -f 1)" \
        "-DSIDE=$work/side.bmp" "-DICON=$root_dir/assets/windows/upfuse.ico" \
        "-DOUTPUT=$packages/$name-setup.exe" \
        "$root_dir/assets/windows/installer.nsi"
}

stage
portable
installer
ls -l "$packages/$name.zip" "$packages/$name-setup.exe"
