#!/usr/bin/env python3
"""Checks licences and duplicate versions by .cargo/deny.toml, as `cargo deny check` does, and that
assets/THIRD-PARTY.txt names every package; --write makes that file.

Takes a second; building cargo-deny would take minutes. Needs Python 3.11.
"""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

sys.dont_write_bytecode = True
from notice import notice  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".cargo/deny.toml"
NOTICE = ROOT / "assets/THIRD-PARTY.txt"


def packages(graph):
    """{(name, version): licence expression} of all dependencies except those of tests."""
    command = ["cargo", "tree", "--locked", "--edges", "no-dev", "--prefix", "none"]
    command += ["--format", "{p}\t{l}"]
    command += ["--all-features"] if graph["all-features"] else []
    for target in graph["targets"]:
        command += ["--target", target]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for line in filter(None, output.splitlines()):
        package, licence = line.split("\t")
        name, version = package.split()[:2]
        found[name, version.removeprefix("v")] = licence.removesuffix(" (*)")
    return found


def alternatives(expression):
    """The alternative sets of licences of an SPDX expression; empty if it is malformed.

    Old crates write "/" for "OR".
    """
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either():
        found = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found = found + both()
        return found

    def both():
        found = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found = [a | b for b in one() for a in found]
        return found

    def one():
        token = tokens.pop(0)
        if token == "(":
            found = either()
            tokens.pop(0)
            return found
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += " WITH " + tokens.pop(0)
        return [{token}]

    found = either() if tokens else []
    return [] if tokens else found


def unlicensed(found, licenses):
    """An error for each package without an allowed licence."""
    exceptions = {entry["crate"]: entry["allow"] for entry in licenses["exceptions"]}
    for (name, version), expression in sorted(found.items()):
        allowed = {*licenses["allow"], *exceptions.get(name, [])}
        if not any(each <= allowed for each in alternatives(expression)):
            yield f"the licence of {name} {version} is not allowed: {expression or 'none'}"


def duplicates(found, skip):
    """An error for each package with several versions, except those to skip.

    A skip is NAME:MAJOR or NAME:0.MINOR, which matches all versions with this prefix, as in cargo-deny.
    """
    skipped = {tuple(entry["crate"].split(":")) for entry in skip}
    versions = defaultdict(list)
    for name, version in sorted(found):
        major, minor, _ = version.split(".", 2)
        if (name, major if major != "0" else f"0.{minor}") not in skipped:
            versions[name].append(version)
    for name, left in versions.items():
        if len(left) > 1:
            yield f"{name} has several versions: {', '.join(left)}"


def outdated(found):
    """An error if the notice is not as it would be written now."""
    if not NOTICE.is_file() or NOTICE.read_text() != notice(found, alternatives):
        yield f"{NOTICE.relative_to(ROOT)} is outdated: run tests/tools/dependencies.py --write"


def main():
    config = tomllib.loads(CONFIG.read_text())
    found = packages(config["graph"])
    if sys.argv[1:] == ["--write"]:
        NOTICE.write_text(notice(found, alternatives))
    errors = [
        *unlicensed(found, config["licenses"]),
        *duplicates(found, config["bans"]["skip"]),
        *outdated(found),
    ]
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    print(f"{len(found)} packages checked by {CONFIG.relative_to(ROOT)}")
    sys.exit(bool(errors))


main()
