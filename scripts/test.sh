#!/usr/bin/env bash
# Every test of the project. Uses cargo-nextest where it is installed, else cargo's own runner; doc tests in both cases. Runs under
# a PostgreSQL of its own where there is one or one can be installed; elsewhere those tests say that they were skipped, or fail if CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${MINWON_TEST_POSTGRES:-}" ] && { [ "$(id -u)" = 0 ] || ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1; }; then
  exec scripts/postgres.sh scripts/test.sh "$@"
fi
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --all-targets "$@"
else
  cargo test --lib --bins --tests "$@"
fi
cargo test --doc
