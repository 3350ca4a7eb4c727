#!/usr/bin/env python3
"""release.py check TAG: fails unless TAG is "v" and the version in Cargo.toml, and CHANGELOG.md has a
section for it with a date.
release.py notes: prints that section.
release.py manifests FOLDER: writes the Homebrew formula and the winget manifests for the packages in
FOLDER, into FOLDER/homebrew and FOLDER/winget.

Needs Python 3.11. UPFUSE_ROOT names another folder with Cargo.toml, CHANGELOG.md and assets.
"""

import hashlib
import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(os.environ.get("UPFUSE_ROOT", Path(__file__).resolve().parents[2]))

# Facts of the schemas 1.10.0 in github.com/microsoft/winget-cli: what each file needs, and the only
# values of those fields that take no other; `winget validate` needs Windows.
WINGET = {
    "version": {"PackageIdentifier", "PackageVersion", "DefaultLocale", "ManifestType"},
    "installer": {"PackageIdentifier", "PackageVersion", "Installers", "ManifestType"},
    "locale.en-US": {"PackageIdentifier", "PackageVersion", "PackageLocale", "Publisher", "PackageName"}
    | {"License", "ShortDescription", "ManifestType"},
}
WINGET_VALUES = {
    "PackageIdentifier": r"[^.\s\\/:*?\"<>|]{1,32}(\.[^.\s\\/:*?\"<>|]{1,32}){1,7}",
    "PackageVersion": r"[^\\/:*?\"<>|]{1,128}",
    "InstallerType": "nullsoft|exe|inno|msi|zip|portable",
    "Scope": "user|machine",
    "UpgradeBehavior": "install|uninstallPrevious|deny",
    "Architecture": "x86|x64|arm|arm64|neutral",
    "InstallerUrl": r"https?://\S{1,2000}",
    "InstallerSha256": "[A-Fa-f0-9]{64}",
    "ReleaseDate": r"\d{4}-\d\d-\d\d",
    "ShortDescription": ".{3,256}",
    "ManifestVersion": r"1\.10\.0",
}


def package():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]


def section(version):
    """The date and the text of a version in CHANGELOG.md."""
    text = (ROOT / "CHANGELOG.md").read_text()
    found = re.search(
        rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d\d-\d\d)\n(.*?)(?=^## |^\[|\Z)", text, re.M | re.S
    )
    if not found or not found[2].strip():
        sys.exit(f'error: CHANGELOG.md has no section "## [{version}] - YYYY-MM-DD", or an empty one')
    return found[1], found[2].strip() + "\n"


def check(tag):
    version = package()["version"]
    if tag != f"v{version}":
        sys.exit(f"error: the tag is {tag}, but the version in Cargo.toml is {version}")
    section(version)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def filled(template, values):
    return re.sub(r"@([A-Z0-9_]+)@", lambda name: values[name[1]], template.read_text())


def check_winget(kind, text):
    fields = re.findall(r"^(?:- |  )?([A-Z][A-Za-z0-9]+): ?(.*)$", text, re.M)
    missing = WINGET[kind] - {name for name, _ in fields}
    if missing:
        sys.exit(f"error: the winget manifest {kind} lacks {', '.join(sorted(missing))}")
    for name, value in fields:
        if not re.fullmatch(WINGET_VALUES.get(name, ".*"), value):
            sys.exit(f"error: the winget manifest {kind} has a wrong {name}: {value}")


def manifests(folder):
    version, repository = package()["version"], package()["repository"]
    setup = folder / f"upfuse-{version}-windows-x64-setup.exe"
    source = folder / f"upfuse-{version}-source.tar.gz"
    files = f"{repository}/releases/download/v{version}"
    values = {
        "VERSION": version,
        "REPOSITORY": repository,
        "DATE": section(version)[0],
        "SETUP_URL": f"{files}/{setup.name}",
        "SETUP_SHA256": sha256(setup).upper(),
        "URL": f"{files}/{source.name}",
        "SHA256": sha256(source),
    }
    (folder / "homebrew").mkdir(exist_ok=True)
    (folder / "homebrew/upfuse.rb").write_text(filled(ROOT / "assets/macos/upfuse.rb.in", values))
    (folder / "winget").mkdir(exist_ok=True)
    for kind in WINGET:
        text = filled(ROOT / f"assets/windows/winget/{kind}.yaml.in", values)
        check_winget(kind, text)
        name = "Upfuse.Upfuse.yaml" if kind == "version" else f"Upfuse.Upfuse.{kind}.yaml"
        (folder / "winget" / name).write_text(text)


def main():
    match sys.argv[1:]:
        case ["check", tag]:
            check(tag)
        case ["notes"]:
            print(section(package()["version"])[1], end="")
        case ["manifests", folder]:
            manifests(Path(folder))
        case _:
            sys.exit(__doc__)


main()
