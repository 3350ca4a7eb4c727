#!/usr/bin/env bash
# Tests that independent tools and upfuse read each other's files: dfu-suffix, srec_cat, objcopy, and
# Python's intelhex, bincopy, uf2utils, zipfile and gzip. Then compares the time of translating 16 MiB with srec_cat.
#
#   tests/tools/interop.sh              runs everything, with the build of `cargo test`
#   UPFUSE=path tests/tools/interop.sh  uses this program instead
#   UPFUSE_TEST_FIRMWARE=folder         the folder of the real files (default: ../shared/firmware)
#
# Missing tools are installed: with apt-get as root or through sudo, Python packages into a virtual
# environment.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

heading() { printf '== %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
same() { cmp "$1" "$2" || die "$3"; }

install_tools() {
  local missing=()
  command -v srec_cat >/dev/null || missing+=(srecord)
  command -v dfu-suffix >/dev/null || missing+=(dfu-util)
  command -v arm-none-eabi-objcopy >/dev/null || missing+=(binutils-arm-none-eabi)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  if [ ${#missing[@]} -gt 0 ]; then
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null
  fi
  local venv=${XDG_CACHE_HOME:-$HOME/.cache}/upfuse-interop
  if ! "$venv/bin/python" -c 'import intelhex, bincopy, uf2utils' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install intelhex bincopy uf2utils
  fi
  python=$venv/bin/python
}

build() {
  if [ -z "${UPFUSE:-}" ]; then
    cargo build --quiet --locked --manifest-path "$here/Cargo.toml"
    UPFUSE=${CARGO_TARGET_DIR:-$here/target}/debug/upfuse
  fi
  upfuse=$(realpath "$UPFUSE")
}

# Prints the notes only on failure.
convert() {
  "$upfuse" convert "$@" >/dev/null 2>"$work/notes" || die "upfuse convert $*: $(cat "$work/notes")"
}

# dump TOOL FILE: the file as "address byte" lines, read by TOOL.
dump() {
  "$python" - "$@" <<'PY'
import sys
tool, path = sys.argv[1:]
if tool == "intelhex":
    from intelhex import IntelHex
    data = IntelHex(path)
    pairs = ((a, data[a]) for a in data.addresses())
else:
    import bincopy
    data = bincopy.BinFile(path)
    pairs = ((s.minimum_address + i, b) for s in data.segments for i, b in enumerate(s.data))
for address, byte in pairs:
    print(f"{address:08X} {byte:02X}")
PY
}

# Sparse files in the address ranges that need S1, S2 and S3; bincopy made them.
make_samples() {
  "$python" - "$work" <<'PY'
import random, sys
import bincopy
random.seed(6)
for name, start in ("s1", 0x100), ("s2", 0x20000), ("s3", 0x0800FFF0), ("top", 0xFFFFE000):
    file = bincopy.BinFile()
    at = start
    for _ in range(7):
        data = random.randbytes(random.randrange(1, 700))
        file.add_binary(data, at)
        at += len(data) + random.randrange(1, 300)
    file.execution_start_address = start
    open(f"{sys.argv[1]}/{name}.hex", "w").write(file.as_ihex())
    open(f"{sys.argv[1]}/{name}.s19", "w").write(
        file.as_srec(address_length_bits={"s1": 16, "s2": 24}.get(name, 32)))
PY
}

check_samples() {
  local name out
  for name in s1 s2 s3 top; do
    heading "$name: bincopy writes, all read"
    dump bincopy "$work/$name.hex" >"$work/want"
    dump bincopy "$work/$name.s19" | cmp - "$work/want" || die "bincopy disagrees with itself"
    for from in hex s19; do
      for to in hex s19 dfu; do
        out=$work/out-$from.$to
        convert "$work/$name.$from" -o "$out" --yes
        [ $to != dfu ] || { dfu-suffix -c "$out" >/dev/null || die "dfu-suffix refuses $out"; }
        # Other tools read a .dfu after extraction.
        [ $to != dfu ] || { convert "$out" -o "$out.hex" --yes; out=$out.hex; }
        dump bincopy "$out" | cmp - "$work/want" || die "bincopy reads something else from $out"
        [ "${out##*.}" = s19 ] || dump intelhex "$out" | cmp - "$work/want" || die "intelhex: $out"
        srec_compare "$work/$name.$from" "$out"
      done
    done
    heading "$name: srec_cat and intelhex write, we read"
    srec_cat "$work/$name.hex" -intel -o "$work/by.srec" -motorola
    srec_cat "$work/$name.hex" -intel -o "$work/by.hex" -intel
    "$python" -c 'import sys; from intelhex import IntelHex; IntelHex(sys.argv[1]).write_hex_file(sys.argv[2])' \
      "$work/$name.hex" "$work/by.ihex"
    for out in by.srec by.hex by.ihex; do
      convert "$work/$out" -o "$work/back.hex" --yes
      dump bincopy "$work/back.hex" | cmp - "$work/want" || die "we read something else from $out"
    done
  done
}

kind() { case $1 in *.hex | *.ihex) echo -intel ;; *) echo -motorola ;; esac; }

# Hides the warning about missing S0 records.
srec_compare() {
  srec_cmp "$1" "$(kind "$1")" "$2" "$(kind "$2")" 2>"$work/output" ||
    die "srec_cmp: $1 $2: $(cat "$work/output")"
}

# Also checks that dfu-suffix refuses a wrong file.
check_suffix() {
  heading "dfu-suffix: accepts ours, refuses a changed one"
  printf 'firmware\1' >"$work/a.bin"
  convert "$work/a.bin" -o "$work/a.dfu" --vid 0483 --pid df11 --device-version 0123
  dfu-suffix -c "$work/a.dfu" >"$work/output"
  for want in 'BCD device:.*0x0123' 'Product ID:.*0xDF11' 'Vendor ID:.*0x0483' 'BCD DFU:.*0x011A'; do
    grep -q "$want" "$work/output" || die "dfu-suffix does not find $want"
  done
  printf 'x' | dd of="$work/a.dfu" bs=1 seek=300 conv=notrunc status=none
  ! dfu-suffix -c "$work/a.dfu" >/dev/null 2>&1 || die "dfu-suffix accepts a wrong CRC"
  ! "$upfuse" info "$work/a.dfu" 2>/dev/null || die "upfuse accepts a wrong CRC"

  heading "dfu-suffix: a plain DFU file it makes is its payload"
  cp "$work/a.bin" "$work/plain.dfu"
  dfu-suffix -v 1209 -p 0001 -a "$work/plain.dfu" >/dev/null
  convert "$work/plain.dfu" -o "$work/plain.bin"
  same "$work/plain.bin" "$work/a.bin" "plain DFU payload"
}

# A program whose initialised data is after the code in flash and is copied to RAM.
check_elf() {
  heading "ELF: objcopy -O binary, ihex and srec give the same"
  cat >"$work/p.s" <<'ASM'
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word 0x20020000
    .word reset + 1
    .text
    .global reset
reset: b reset
    .space 300, 0x5A
    .balign 4
    .data
    .word 0x11223344, 0x55667788
    .bss
    .space 64
ASM
  arm-none-eabi-as -mcpu=cortex-m4 -o "$work/p.o" "$work/p.s"
  # From 0x08000100 and with page alignment, ld maps the file's own headers to 0x08000000.
  local origin flags
  for origin in 0x08000000 0x08000100; do
    cat >"$work/p.ld" <<LD
ENTRY(reset)
MEMORY {
  flash (rx) : ORIGIN = $origin, LENGTH = 60K
  ram (rwx) : ORIGIN = 0x20000000, LENGTH = 8K
}
SECTIONS {
  .vectors : { *(.vectors) } > flash
  .text : { *(.text) } > flash
  .data : { *(.data) } > ram AT > flash
  .bss (NOLOAD) : { *(.bss) } > ram
}
LD
    for flags in -n -N ''; do
      # shellcheck disable=SC2086
      arm-none-eabi-ld $flags -T "$work/p.ld" -o "$work/p.elf" "$work/p.o" 2>/dev/null
      compare_elf
    done
  done
}

compare_elf() {
  local to
  for to in binary:bin ihex:hex srec:s19; do
    arm-none-eabi-objcopy -O "${to%:*}" "$work/p.elf" "$work/theirs.${to#*:}"
    convert "$work/p.elf" -o "$work/ours.${to#*:}" --yes
  done
  same "$work/theirs.bin" "$work/ours.bin" "objcopy -O binary"
  for to in ihex:hex srec:s19; do
    dump bincopy "$work/theirs.${to#*:}" >"$work/want"
    dump bincopy "$work/ours.${to#*:}" | cmp - "$work/want" || die "objcopy -O ${to%:*}"
    convert "$work/theirs.${to#*:}" -o "$work/back.bin" --yes
    same "$work/back.bin" "$work/ours.bin" "objcopy's .${to#*:}, read by us"
    arm-none-eabi-objcopy -I "${to%:*}" -O binary "$work/ours.${to#*:}" "$work/back.bin"
    same "$work/back.bin" "$work/ours.bin" "our .${to#*:}, read by objcopy"
  done
}

check_uf2() {
  heading "UF2: uf2utils reads ours, we read its"
  head -c 4000 /dev/urandom >"$work/u.bin"
  convert "$work/u.bin@0x08004000" -o "$work/ours.uf2" --family STM32F4
  "$python" - "$work" <<'PY'
import sys
from uf2utils import UF2File
work = sys.argv[1]
want = open(f"{work}/u.bin", "rb").read()
ours = UF2File(f"{work}/ours.uf2")
blocks = list(ours)
assert all(block.header.board_family == 0x57755A57 for block in blocks)
assert [block.header.address for block in blocks] == [0x08004000 + 256 * n for n in range(16)]
data = b"".join(bytes(block.payload)[:block.header.payload_size] for block in blocks)
assert data == want + b"\xff" * 96, "uf2utils reads something else"
theirs = UF2File(board_family=0x57755A57)
theirs.append_payload(bytearray(want), 0x08004000)
theirs.to_file(f"{work}/theirs.uf2")
PY
  convert "$work/theirs.uf2" -o "$work/back.bin" --yes
  # It fills the last block as well.
  cmp -n 4000 "$work/back.bin" "$work/u.bin" || die "theirs, read by us"
}

check_archives() {
  heading "archives: those of Python's zipfile and gzip are opened"
  cp "$work/a.bin" "$work/packed.bin"
  (cd "$work" && "$python" -m zipfile -c packed.zip packed.bin && "$python" -m gzip packed.bin)
  local from
  for from in packed.zip packed.zip/packed.bin packed.bin.gz; do
    convert "$work/$from" -o "$work/unpacked.bin" --yes
    same "$work/unpacked.bin" "$work/a.bin" "$from"
  done
}

check_real_files() {
  local real=${UPFUSE_TEST_FIRMWARE:-$here/../shared/firmware}
  if [ ! -d "$real" ]; then
    heading "skipped: no real firmware files at $real"
    return
  fi
  heading "micropython-g474: .dfu, .hex and .bin convert to each other, byte for byte"
  local g=$real/micropython-g474 from to
  for from in dfu hex bin; do
    for to in bin dfu hex s19; do
      convert "$g.$from" -o "$work/$from.$to" --yes
      convert "$work/$from.$to" -o "$work/g.bin" --yes
      same "$work/g.bin" "$g.bin" "$from to $to"
    done
  done
  # HEX and S19 files from .bin and .dfu are equal; one from HEX also has an entry.
  same "$work/bin.hex" "$work/dfu.hex" "HEX of .bin and .dfu"
  same "$work/bin.s19" "$work/dfu.s19" "S19 of .bin and .dfu"
  convert "$g.dfu" -o "$work/again.dfu"
  same "$work/again.dfu" "$g.dfu" "a .dfu written again"
  for file in "$real"/*.hex "$real"/*.s19; do
    case $file in */bad_crc.s19 | */in_16bits_word.s19) continue ;; esac
    heading "$(basename "$file"): bincopy and we agree"
    # bincopy does not recognise a file that begins with a blank line.
    grep -v '^[[:space:]]*$' "$file" >"$work/plain.txt"
    dump bincopy "$work/plain.txt" >"$work/want"
    for to in hex s19; do
      convert "$file" -o "$work/real.$to" --yes
      dump bincopy "$work/real.$to" | cmp - "$work/want" || die "$file as $to"
    done
  done
}

# best RUNS COMMAND...: milliseconds of the fastest of that many runs.
best() {
  local least='' from ms run runs=$1
  shift
  for ((run = 0; run < runs; run++)); do
    from=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null 2>"$work/notes" || die "$*: $(cat "$work/notes")"
    ms=$(((${EPOCHREALTIME/[.,]/} - from) / 1000))
    [ -n "$least" ] && [ "$least" -le "$ms" ] || least=$ms
  done
  echo "$least"
}

benchmark() {
  heading "16 MiB, faster of two, or fastest of five if that is over the limit: twice the time of srec_cat"
  local big=$work/big at=(-offset 0x08000000) back=(-offset -0x08000000) row ours theirs slow=
  head -c $((16 << 20)) /dev/urandom >"$big.bin"
  for to in hex s19 dfu; do convert "$big.bin" -o "$big.$to"; done
  printf '%-12s %8s %10s\n' translation upfuse srec_cat
  for row in bin:hex bin:s19 hex:bin s19:bin hex:s19 s19:hex bin:dfu dfu:bin dfu:hex dfu:s19 hex:dfu s19:dfu; do
    # srec_cat does not support DfuSe: it converts a binary instead.
    local from=${row%:*} to=${row#*:}
    from=${from/dfu/bin} to=${to/dfu/bin}
    local in=(-intel) out=(-intel) shift=()
    case $from in bin) in=(-binary) shift=("${at[@]}") ;; s19) in=(-motorola) ;; esac
    case $to in bin) out=(-binary) ;; s19) out=(-motorola) ;; esac
    case $from:$to in bin:bin) shift=() ;; *:bin) shift=("${back[@]}") ;; esac
    local runs
    for runs in 2 5; do
      ours=$(best $runs "$upfuse" convert "$big.${row%:*}" -o "$work/o.${row#*:}" --yes)
      theirs=$(best $runs srec_cat "$big.$from" "${in[@]}" "${shift[@]}" -o "$work/t.$to" "${out[@]}")
      [ "$ours" -gt $((2 * theirs)) ] || break
    done
    printf '%-12s %5d ms %7d ms\n' "$row" "$ours" "$theirs"
    [ "$ours" -le $((2 * theirs)) ] || slow+=" $row"
  done
  [ -z "$slow" ] || die "slower than twice srec_cat's time:$slow"
}

install_tools
build
make_samples
check_samples
check_suffix
check_uf2
check_archives
check_elf
check_real_files
benchmark
heading "all agree"
