#!/usr/bin/env bash
# Pin every requirement with its hashes (needs uv). Run it after changing pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
pin() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate "$@"; }
pin pyproject.toml --output-file requirements/run.txt
pin --group build --output-file requirements/build.txt
pin pyproject.toml --group dev --output-file requirements/dev.txt
pin pyproject.toml --group dev --extra bench --output-file requirements/bench.txt
