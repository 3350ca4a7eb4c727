#!/usr/bin/env python3
"""icns.py OUT: makes the icon of a macOS program from assets/icons."""

import struct
import sys
from pathlib import Path

ICONS = Path(__file__).resolve().parents[2] / "assets/icons"
# Each type holds a PNG of one size; ic11 to ic14 are those for screens of double density. The types
# for 16 and 32 pixels at single density take no PNG that every macOS shows: it scales the others.
TYPES = {"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512}


def main():
    entries = b""
    for name, size in TYPES.items():
        picture = (ICONS / f"icon-{size}.png").read_bytes()
        entries += name.encode() + struct.pack(">I", len(picture) + 8) + picture
    Path(sys.argv[1]).write_bytes(b"icns" + struct.pack(">I", len(entries) + 8) + entries)


main()
