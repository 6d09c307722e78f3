#!/usr/bin/env bash
# A PostgreSQL of our own for the length of one command: `scripts/postgres.sh COMMAND…` runs COMMAND with its address in
# MINWON_TEST_POSTGRES; without a command it prints the address and runs until it is interrupted. The cluster lies in a
# temporary directory, listens on loopback at a free port, and is gone afterwards.
set -euo pipefail

find_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

bin=$(find_bin)
if [ -z "$bin" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo 'error: PostgreSQL is not installed' >&2
    echo 'hint: apt-get install postgresql' >&2
    exit 3
  fi
  # The package would start a cluster of its own on the fixed port.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends postgresql >&2
  bin=$(find_bin)
fi

dir=$(mktemp -d /tmp/minwon-postgres.XXXXXX)
# The server refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  user=postgres
  chown "$user" "$dir"
  as() { (cd / && runuser -u "$user" -- "$@"); }
else
  user=$(id -un)
  as() { "$@"; }
fi
trap 'as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

as "$bin/initdb" -D "$dir/data" -U "$user" --auth=trust --encoding=UTF8 --locale=C >/dev/null
# A port that is free now; another process may take it before the server does, hence several tries.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  if as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='$dir' -c max_connections=200" \
    start >/dev/null; then
    started=1
    break
  fi
done
if [ -z "${started:-}" ]; then
  echo 'error: PostgreSQL did not start' >&2
  cat "$dir/log" >&2
  exit 3
fi

export MINWON_TEST_POSTGRES="postgres://$user@127.0.0.1:$port/postgres"
# What a test needs to stop and start the server for a while.
export MINWON_TEST_POSTGRES_DATA="$dir/data"
if [ $# -gt 0 ]; then
  "$@"
else
  echo "$MINWON_TEST_POSTGRES"
  sleep infinity &
  wait $!
fi
