#!/bin/bash
# Makes all packages of this system in target/packages.
#
#   tests/package/build.sh [--binaries FOLDER]
#
# Linux: a .deb, an .rpm and an archive, and the Windows installer and archive where the Windows
# programs have been built. Uses the release build, or the upfuse in FOLDER.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"

"$here/linux.sh" "$@"
