#!/bin/sh
# Creates the secrets for deploy/compose.yaml as files in deploy/compose/secrets, which
# only you can access. Existing files are kept.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

# make NAME: 32 random bytes in hex, without a line break.
make() {
  [ -e "$1" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1"
}
for name in REFRESH_SECRET OTP_PEPPER MYSQL_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD; do
  make "$name"
done
[ -e DATA_SOURCE ] || printf 'user-api:%s@tcp(mysql:3306)/userdb?parseTime=true' "$(cat MYSQL_PASSWORD)" >DATA_SOURCE
# Each container gets only its own files, and reads them as its own user.
chmod 444 ./*
