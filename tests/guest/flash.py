#!/usr/bin/python3
"""Firmware files and flash contents, computed independently of the program under test.

  flash.py make KIND OUT SEED START+LENGTH...     random data as a .dfu .hex .s19 or .bin file; with a
                                                  vector table where the board starts its program
  flash.py program OUT SEED START LENGTH          random data behind a vector table, as a .dfu file
  flash.py uf2 OUT FAMILY START=BINARY...         a .uf2 file for a family, or for none (0); before each
                                                  binary but the first, the program at 0x08000000 is
                                                  started, with a mark in RAM, as on EdgeTX's radios
  flash.py random OUT SEED LENGTH                 random bytes
  flash.py blank OUT LENGTH                       erased flash
  flash.py change FILE OFFSET                     inverts one byte
  flash.py segments FILE [AT]                     START+LENGTH of each run in a firmware file
  flash.py upgraded LAYOUT BEFORE AFTER FILE [AT]   is AFTER the flash BEFORE, upgraded with FILE?
  flash.py upgraded_with_keep LAYOUT BEFORE AFTER FILE [AT]   the same with --keep
  flash.py erased LAYOUT BEFORE AFTER START LENGTH  is AFTER the flash BEFORE, with that range erased?
  flash.py same LAYOUT EXPECTED FOUND             prints the first difference
  flash.py holds FLASH FILE [AT]                  does FLASH, which begins at AT, hold the data of FILE?

LAYOUT is the string the board reports for its flash, as in "@Internal Flash  /0x08000000/04*016Kg".
"""
import random
import re
import struct
import sys
import zlib


def sectors(layout):
    """[(start, length)] of a layout string with one or more regions."""
    found = []
    parts = layout.split("/")[1:]
    for address, runs in zip(parts[0::2], parts[1::2]):
        at = int(address, 16)
        for count, size, unit in re.findall(r"(\d+)\*(\d+)([ BKM]?)[a-g]", runs):
            length = int(size) * {"K": 1024, "M": 1 << 20}.get(unit, 1)
            for _ in range(int(count)):
                found.append((at, length))
                at += length
    if not found:
        sys.exit(f"no sectors in {layout!r}")
    return found


def read_dfuse(data):
    assert zlib.crc32(data[:-4]) ^ 0xFFFFFFFF == struct.unpack("<I", data[-4:])[0], "CRC"
    targets, at, found = data[10], 11, []
    for _ in range(targets):
        assert data[at:at + 6] == b"Target"
        elements = struct.unpack("<I", data[at + 270:at + 274])[0]
        at += 274
        for _ in range(elements):
            address, length = struct.unpack("<II", data[at:at + 8])
            found.append((address, data[at + 8:at + 8 + length]))
            at += 8 + length
    return found


def read_hex(text):
    base, found = 0, []
    for line in text.split():
        record = bytes.fromhex(line[1:])
        assert sum(record) & 0xFF == 0, line
        count, offset, kind = record[0], record[1] << 8 | record[2], record[3]
        body = record[4:4 + count]
        if kind == 0:
            found.append((base + offset, body))
        elif kind == 2:
            base = (body[0] << 8 | body[1]) << 4
        elif kind == 4:
            base = (body[0] << 8 | body[1]) << 16
    return found


def read_s19(text):
    found = []
    for line in text.split():
        width = {"S1": 2, "S2": 3, "S3": 4}.get(line[:2])
        record = bytes.fromhex(line[2:])
        assert sum(record) & 0xFF == 0xFF, line
        if width:
            found.append((int.from_bytes(record[1:1 + width], "big"), record[1 + width:-1]))
    return found


def load(path, at):
    """[(start, bytes)] of a firmware file, sorted, neighbours joined."""
    data = open(path, "rb").read()
    if data[:5] == b"DfuSe":
        pieces = read_dfuse(data)
    elif data.lstrip()[:1] == b":":
        pieces = read_hex(data.decode())
    elif re.match(rb"S[0-9][0-9A-Fa-f]", data.lstrip()):
        pieces = read_s19(data.decode())
    else:
        pieces = [(at, data)]
    joined = []
    for start, body in sorted(pieces):
        if joined and joined[-1][0] + len(joined[-1][1]) == start:
            joined[-1][1].extend(body)
        elif body:
            joined.append((start, bytearray(body)))
    return joined


def write_dfuse(pieces):
    elements = b"".join(struct.pack("<II", start, len(body)) + body for start, body in pieces)
    name = b"test".ljust(255, b"\0")
    target = b"Target" + struct.pack("<BI", 0, 1) + name + struct.pack("<II", len(elements), len(pieces))
    prefix = b"DfuSe" + struct.pack("<BIB", 1, 11 + len(target) + len(elements), 1)
    body = prefix + target + elements + struct.pack("<HHHH3sB", 0, 0xDF11, 0x0483, 0x011A, b"UFD", 16)
    return body + struct.pack("<I", zlib.crc32(body) ^ 0xFFFFFFFF)


def write_hex(pieces):
    lines = []

    def record(kind, offset, body):
        raw = bytes([len(body), offset >> 8, offset & 0xFF, kind]) + body
        lines.append(":" + (raw + bytes([-sum(raw) & 0xFF])).hex().upper())

    high = None
    for start, body in pieces:
        for at in range(0, len(body), 16):
            address = start + at
            if address >> 16 != high:
                high = address >> 16
                record(4, 0, struct.pack(">H", high))
            # A record must not cross a 64 KiB boundary.
            room = 0x10000 - (address & 0xFFFF)
            chunk = bytes(body[at:at + 16])
            record(0, address & 0xFFFF, chunk[:room])
            if chunk[room:]:
                high += 1
                record(4, 0, struct.pack(">H", high))
                record(0, 0, chunk[room:])
    record(1, 0, b"")
    return ("\n".join(lines) + "\n").encode()


def write_s19(pieces):
    lines = []

    def record(kind, raw):
        raw = bytes([len(raw) + 1]) + raw
        lines.append(f"S{kind}" + (raw + bytes([~sum(raw) & 0xFF])).hex().upper())

    record(0, b"\0\0test")
    for start, body in pieces:
        for at in range(0, len(body), 32):
            record(3, struct.pack(">I", start + at) + bytes(body[at:at + 32]))
    record(7, struct.pack(">I", pieces[0][0]))
    return ("\n".join(lines) + "\n").encode()


def make(kind, out, seed, *runs):
    source = random.Random(int(seed))
    pieces = []
    for run in runs:
        start, length = (int(n, 0) for n in run.split("+"))
        pieces.append((start, source.randbytes(length)))
    start, first = pieces[0]
    if kind == "bin" or start == 0x08000000:
        # A file is doubted if no program begins at the start of flash.
        pieces[0] = (start, struct.pack("<II", 0x20001000, start + 9) + first[8:])
    if kind == "bin":
        data = b"".join(body for _, body in pieces)
    else:
        data = {"dfu": write_dfuse, "hex": write_hex, "s19": write_s19}[kind](pieces)
    open(out, "wb").write(data)


def program(out, seed, start, length):
    start, length = int(start, 0), int(length, 0)
    vectors = struct.pack("<II", 0x20001000, start + 9)
    data = vectors + random.Random(int(seed)).randbytes(length - len(vectors))
    open(out, "wb").write(write_dfuse([(start, data)]))


def uf2(out, family, *parts):
    """Blocks as in microsoft/uf2, the restart as elf-to-uf2.py in EdgeTX/edgetx writes it."""
    family, blocks = int(family, 0), []
    for number, part in enumerate(parts):
        start, _, path = part.partition("=")
        start, data = int(start, 0), open(path, "rb").read()
        if number > 0:
            # A tag, after the mark: its length, its three bytes of kind, the address.
            tag = struct.pack("<II", 0xE60835 << 8 | 8, 0x08000000)
            # Not for the main flash; with tags.
            blocks.append((0x8001, 0x24000000, b"BDFU", tag))
        blocks += [(0, start + at, data[at:at + 256], b"") for at in range(0, len(data), 256)]
    with open(out, "wb") as file:
        for number, (flags, address, payload, tags) in enumerate(blocks):
            flags |= 0x2000 if family else 0
            header = (0x0A324655, 0x9E5D5157, flags, address, len(payload), number, len(blocks), family)
            area = (payload + tags).ljust(476, b"\0")
            file.write(struct.pack("<8I", *header) + area + struct.pack("<I", 0x0AB16F30))


def after_upgrade(layout, flash, pieces, keep):
    """`flash` after an upgrade with `pieces`."""
    base = sectors(layout)[0][0]
    for start, length in sectors(layout):
        parts = []
        for address, body in pieces:
            low, high = max(address, start), min(address + len(body), start + length)
            if low < high:
                parts.append((low, body[low - address:high - address]))
        held = [flash[low - base:low - base + len(body)] for low, body in parts]
        # A sector that already matches the file does not change; one that is blank where the file
        # has data is written without an erase.
        if any(had != body for had, (_, body) in zip(held, parts)):
            blank = all(had.count(0xFF) == len(had) for had in held)
            if not keep and not blank:
                flash[start - base:start - base + length] = b"\xff" * length
            for low, body in parts:
                flash[low - base:low - base + len(body)] = body
    return flash


def upgraded(layout, before, after, path, at="0x08000000", keep=False):
    flash = bytearray(open(before, "rb").read())
    compare(layout, after_upgrade(layout, flash, load(path, int(at, 0)), keep), open(after, "rb").read())


def upgraded_with_keep(layout, before, after, path, at="0x08000000"):
    upgraded(layout, before, after, path, at, keep=True)


def erased(layout, before, after, first, count):
    base, low = sectors(layout)[0][0], int(first, 0)
    high = low + int(count, 0)
    flash = bytearray(open(before, "rb").read())
    for start, length in sectors(layout):
        if start < high and low < start + length:
            flash[start - base:start - base + length] = b"\xff" * length
    compare(layout, flash, open(after, "rb").read())


def holds(flash, path, at="0x08000000"):
    flash, base = open(flash, "rb").read(), int(at, 0)
    for start, body in load(path, base):
        if flash[start - base:start - base + len(body)] != body:
            sys.exit(f"the {len(body)} bytes at 0x{start:08x} differ")


def same(layout, wanted, found):
    compare(layout, open(wanted, "rb").read(), open(found, "rb").read())


def compare(layout, wanted, found):
    all_sectors = sectors(layout)
    base = all_sectors[0][0]
    if len(wanted) != len(found):
        sys.exit(f"{len(found)} bytes found, {len(wanted)} expected")
    if wanted == found:
        return
    for number, (start, length) in enumerate(all_sectors):
        a, b = wanted[start - base:start - base + length], found[start - base:start - base + length]
        if a != b:
            at = next(i for i in range(length) if a[i] != b[i])
            bad = sum(x != y for x, y in zip(a, b))
            sys.exit(f"sector {number}: {bad} bytes differ, the first at 0x{start + at:08x}: "
                     f"0x{b[at]:02x}, expected 0x{a[at]:02x}")
    sys.exit("differs outside the layout")


def change(path, offset):
    data = bytearray(open(path, "rb").read())
    data[int(offset, 0)] ^= 0xFF
    open(path, "wb").write(data)


def main():
    command, *rest = sys.argv[1:] or ["help"]
    if command == "random":
        out, seed, length = rest
        open(out, "wb").write(random.Random(int(seed)).randbytes(int(length, 0)))
    elif command == "blank":
        out, length = rest
        open(out, "wb").write(b"\xff" * int(length, 0))
    elif command == "segments":
        for start, body in load(rest[0], int(rest[1], 0) if rest[1:] else 0x08000000):
            print(f"0x{start:08x}+{len(body)}")
    elif command in ("make", "program", "uf2", "upgraded", "upgraded_with_keep", "erased", "same", "holds", "change"):
        globals()[command](*rest)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
