#!/usr/bin/env bash
# Drives the counsellor's page in a real browser: `scripts/ui.sh [--picture]`. Installs what it needs (Debian's Chromium
# and Hangul fonts with apt as root, three npm packages in tests/ui), builds minwon unless MINWON_BIN names one, and
# leaves screenshots in target/ui/. With --picture docs/screenshot.png is made anew.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --picture ]; then export MINWON_README_PICTURE=1; fi

missing=()
command -v chromium >/dev/null || missing+=(chromium)
fc-list ':lang=ko' 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
command -v npm >/dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "error: missing: ${missing[*]}" >&2
    echo "hint: sudo apt-get install ${missing[*]}" >&2
    exit 3
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
if [ ! -d tests/ui/node_modules/playwright-core ]; then
  (cd tests/ui && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund)
fi
if [ -z "${MINWON_BIN:-}" ]; then
  cargo build
  export MINWON_BIN=$PWD/target/debug/minwon
fi
cd tests/ui
exec node --test --test-reporter=spec --test-concurrency=1 shift.test.mjs
