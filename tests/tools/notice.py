"""assets/THIRD-PARTY.txt: the software and fonts that the program contains, with their licences."""

import json
import re
import subprocess
from pathlib import Path

# Licences whose text is a file of this repository.
HERE = {"MIT": "LICENSE-MIT", "Apache-2.0": "LICENSE-APACHE"}

HEAD = """\
Upfuse contains software and fonts of other people. Made by tests/tools/dependencies.py --write.

libusb (https://libusb.info) is under the GNU Lesser General Public License, version 2.1 or later: its
text is at the end. The programs contain it, built from the unmodified source in the crate
libusb1-sys, which each release offers beside them. To use a changed or another libusb:

1. Unpack upfuse-VERSION-source.tar.gz of the same release, and install Rust (https://rustup.rs) and a
   C compiler.
2. For a changed libusb: unpack libusb1-sys-VERSION.tar.gz of that release, change what is in its folder
   libusb, and add to the end of Cargo.toml:
       [patch.crates-io]
       libusb1-sys = { path = "FOLDER" }
   For the libusb of the system, found by pkg-config: remove "vendored" from the line rusb in Cargo.toml.
3. cargo build --release

The typeface Inter is under the SIL Open Font License 1.1: assets/fonts/OFL.txt. The crate
epaint_default_fonts brings fallback fonts: Ubuntu Light (Ubuntu Font Licence 1.0), Noto Emoji (SIL
Open Font License 1.1), Hack (MIT and Bitstream Vera) and emoji-icon-font (MIT): their texts are at the
end.

The standard library of Rust (https://www.rust-lang.org) is under MIT or Apache-2.0. The Windows programs
also contain the start code of MinGW-w64 (public domain, and licences like MIT) and of GCC (GPL 3.0 with
the GCC Runtime Library Exception, which allows programs under any licence).

The crates, with their licences. Of several licences joined by OR, Upfuse uses MIT or Apache-2.0 where
it can (their texts: LICENSE-MIT, LICENSE-APACHE). The other texts are at the end.
"""


def folders():
    """{name: [folder of its source]} of all packages in Cargo.lock."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found = {}
    for package in json.loads(output)["packages"]:
        found.setdefault(package["name"], []).append(Path(package["manifest_path"]).parent)
    return found


def texts(folder):
    """{file name: text} of the licence files in a package."""
    names = re.compile(r"(licen[cs]e|copying|copyright|notice|ofl|ufl)", re.IGNORECASE)
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        is_text = path.suffix.lower() in {"", ".txt", ".md"} or path.name.upper().startswith("LICEN")
        if is_text and path.is_file() and names.match(path.name):
            found[path.name] = path.read_text(errors="replace").replace("\r\n", "\n")
    return found


def copyrights(found):
    """The lines that name the owners, each once."""
    lines = []
    for text in found.values():
        for line in text.splitlines():
            line = line.strip().rstrip(".")
            # Not the sentences and the example of the licences themselves.
            is_owner = re.match(r"copyright (\(c\)|©|\d{4})", line, re.IGNORECASE)
            if is_owner and "[yyyy]" not in line and line not in lines:
                lines.append(line)
    return lines


def notice(packages, alternatives):
    """The text of the file. `packages`: {(name, version): licence expression}."""
    sources = folders()
    parts, own = [HEAD], {}
    for name, expression in sorted({(name, licence) for (name, _), licence in packages.items()}):
        if name == "upfuse":
            continue
        found = {}
        for folder in sources[name]:
            found.update(texts(folder))
        parts.append(f"{name}: {expression}")
        parts += [f"    {line}" for line in copyrights(found)]
        # Without a choice that the texts of this repository cover.
        if not any(each <= HERE.keys() for each in alternatives(expression)):
            for file, text in found.items():
                if not re.search(r"(MIT|APACHE)", file, re.IGNORECASE):
                    own.setdefault(text.strip(), []).append(name)
    for folder in sources["epaint_default_fonts"]:
        for path in sorted(Path(folder, "fonts").glob("*.txt")):
            own.setdefault(path.read_text(errors="replace").strip(), []).append("epaint_default_fonts")
    for folder in sources["libusb1-sys"]:
        text = Path(folder, "libusb/COPYING").read_text(errors="replace")
        own.setdefault(text.strip(), []).append("libusb")
    for text, names in own.items():
        parts.append(f"\n{'-' * 78}\n{', '.join(sorted(set(names)))}\n\n{text}")
    lines = "\n".join(parts).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"
