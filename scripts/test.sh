#!/usr/bin/env bash
# Every test of the project. Uses cargo-nextest where it is installed, else cargo's own runner; doc tests in both cases.
set -euo pipefail
cd "$(dirname "$0")/.."
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --all-targets "$@"
else
  cargo test --lib --bins --tests "$@"
fi
cargo test --doc
