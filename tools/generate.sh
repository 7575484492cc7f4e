#!/usr/bin/env bash
# Generates routes and request types from user.api, models from model/schema, and the API
# document (docs/openapi.md). goctl creates handlers, logic and custom models only if the
# file does not exist; they are edited by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp # goctl leaves dated copies of user.api there

# goctl prints a lot; its output is shown only if it fails.
goctl() {
  go tool -modfile=tools/go.mod goctl "$@" >"$tmp/log" 2>&1 || {
    cat "$tmp/log" >&2
    return 1
  }
}

# model TABLE [FLAG...]. --home prevents the use of templates in a developer's ~/.goctl.
model() {
  local table=$1
  shift
  goctl model mysql ddl --src "model/schema/$table.sql" \
    --dir model --style gozero --home tools/goctl "$@"
}

# No flags change the layout: plain `goctl api go` writes the same.
goctl api go --api user.api --dir . --style gozero --home tools/goctl

# The example is generated without our templates. Its middleware is in clients/go.
goctl api go --api examples/orders/orders.api --dir examples/orders --style gozero --home "$tmp/none"
rm -r examples/orders/internal/middleware

# Only users and their profiles are cached: password hashes and sessions must not be in
# Redis.
model user --cache
model profile --cache
model credential
model token
model event
model delivery
model revocation
model failure
model mark
model origin
model client
model invite
model avatar
model signing_key
model webhook
model endpoint
model mfa
model recovery_code
model link
model passkey
model tally
chmod 0644 model/*.go # goctl makes them executable

# clients/ts: the types of user.api, and the client in one file. npm generates the
# declarations when it packs the package.
go -C tools build -o "$tmp/tstypes" ./tstypes
"$tmp/tstypes" <user.api >clients/ts/src/types.ts
go tool -modfile=tools/go.mod esbuild clients/ts/src/index.ts --bundle --minify --format=esm --target=es2022 \
  --charset=utf8 --log-level=warning --outfile=clients/ts/dist/index.js

# The pages: a script and a style sheet for each directory of internal/web/src that contains
# a script with its name. esbuild is a Go program, so Node.js is not needed.
go -C tools build -o "$tmp/countries" ./countries
"$tmp/countries" >internal/web/src/signin/countries.gen.ts
rm -rf internal/web/dist
entries=()
for folder in internal/web/src/*/; do
  entry=$folder$(basename "$folder")
  [ ! -e "$entry.ts" ] || entries+=("$entry.ts" "$entry.css")
done
go tool -modfile=tools/go.mod esbuild "${entries[@]}" --bundle --minify --format=esm --target=es2022 \
  --charset=utf8 --legal-comments=none --log-level=warning --entry-names='[name]' --outdir=internal/web/dist

# The API document and its page. The generator imports packages of the service.
go -C tools run ./apispec ../user.api >"$tmp/spec.json"
go run ./internal/openapi/generate <"$tmp/spec.json" >"$tmp/openapi.json"
go run ./internal/openapi/generate page <"$tmp/openapi.json" >"$tmp/reference.html"
cp "$tmp/openapi.json" "$tmp/reference.html" docs # only if everything succeeded
