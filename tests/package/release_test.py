#!/usr/bin/env python3
"""Tests release.py on a copy of its inputs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Any files: only their names and hashes matter.
SETUP = "upfuse-1.2.3-windows-x64-setup.exe"
SOURCE = "upfuse-1.2.3-source.tar.gz"


class Release(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "assets").mkdir()
        for folder in ("macos", "windows"):
            shutil.copytree(ROOT / "assets" / folder, self.root / "assets" / folder)
        (self.root / "Cargo.toml").write_text(
            '[package]\nversion = "1.2.3"\nrepository = "https://example.org/upfuse"\n'
        )
        self.changelog(
            "## [Unreleased]\n\n- Later.\n\n## [1.2.3] - 2026-11-30\n\n### Added\n\n- This.\n\n"
            "## [1.2.2] - 2026-10-30\n\n- Earlier.\n"
        )

    def changelog(self, text):
        (self.root / "CHANGELOG.md").write_text("# Changelog\n\n" + text)

    def run_release(self, *arguments):
        return subprocess.run(
            [sys.executable, HERE / "release.py", *arguments],
            env={**os.environ, "UPFUSE_ROOT": str(self.root)},
            capture_output=True,
            text=True,
        )

    def test_only_the_tag_of_the_version_is_released(self):
        self.assertEqual(self.run_release("check", "v1.2.3").returncode, 0)
        for tag in ("v1.2.4", "1.2.3", "v1.2.3-rc1"):
            self.assertIn("the version in Cargo.toml is 1.2.3", self.run_release("check", tag).stderr)

    def test_a_version_needs_its_changes(self):
        self.changelog("## [Unreleased]\n\n- Later.\n")
        self.assertIn("has no section", self.run_release("check", "v1.2.3").stderr)
        self.changelog("## [1.2.3] - 2026-11-30\n\n## [1.2.2] - 2026-10-30\n\n- Earlier.\n")
        self.assertIn("or an empty one", self.run_release("check", "v1.2.3").stderr)

    def test_the_notes_are_the_section_of_the_version(self):
        self.assertEqual(self.run_release("notes").stdout, "### Added\n\n- This.\n")

    def test_manifests_name_the_files_with_their_hashes(self):
        (self.root / SETUP).write_bytes(b"setup")
        (self.root / SOURCE).write_bytes(b"source")
        found = self.run_release("manifests", str(self.root))
        self.assertEqual((found.returncode, found.stderr), (0, ""))
        formula = (self.root / "homebrew/upfuse.rb").read_text()
        # sha256sum of "source" and of "setup".
        self.assertIn("41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d", formula)
        self.assertIn(f'url "https://example.org/upfuse/releases/download/v1.2.3/{SOURCE}"', formula)
        installer = (self.root / "winget/Upfuse.Upfuse.installer.yaml").read_text()
        self.assertIn(f"InstallerUrl: https://example.org/upfuse/releases/download/v1.2.3/{SETUP}\n", installer)
        self.assertIn(
            "InstallerSha256: 8FB6D5F37E8055CE720BD0B1D56587F88C0071F285966BA17E72B2B12672AA73", installer
        )
        self.assertIn("ReleaseDate: 2026-11-30", installer)
        names = sorted(path.name for path in (self.root / "winget").iterdir())
        self.assertEqual(names, [f"Upfuse.Upfuse{kind}.yaml" for kind in (".installer", ".locale.en-US", "")])
        for path in [*(self.root / "winget").iterdir(), self.root / "homebrew/upfuse.rb"]:
            self.assertIsNone(re.search(r"@[A-Z0-9_]+@", path.read_text()), path)

    def test_a_wrong_manifest_is_refused(self):
        (self.root / SETUP).write_bytes(b"setup")
        (self.root / SOURCE).write_bytes(b"source")
        template = self.root / "assets/windows/winget/installer.yaml.in"
        text = template.read_text()
        for wrong, error in (
            (text.replace("Scope: user", "Scope: person"), "a wrong Scope: person"),
            (text.replace("Installers:", "Programs:"), "lacks Installers"),
        ):
            template.write_text(wrong)
            self.assertIn(error, self.run_release("manifests", str(self.root)).stderr)


unittest.main()
