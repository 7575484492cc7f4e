#!/usr/bin/env bash
# Writes what goctl makes: routes and request types from user.api, and models from
# model/schema. The rest of what goctl scaffolds (handlers, logic, custom models) it
# writes only where there is no such file yet; those are then ours to edit. Then the API
# document (docs/openapi.md).
set -euo pipefail
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp # goctl leaves dated copies of user.api there

# goctl is chatty when all is well; its words are shown only when it fails.
goctl() {
  go tool -modfile=tools/go.mod goctl "$@" >"$tmp/log" 2>&1 || {
    cat "$tmp/log" >&2
    return 1
  }
}

# model TABLE [FLAG...]. Our --home keeps templates of a developer's ~/.goctl out.
model() {
  local table=$1
  shift
  goctl model mysql ddl --src "model/schema/$table.sql" \
    --dir model --style gozero --home tools/goctl "$@"
}

# Without flags that change where things go: plain `goctl api go` writes the same.
goctl api go --api user.api --dir . --style gozero --home tools/goctl

# The example is what goctl makes without our templates. Its middleware is that of
# clients/go.
goctl api go --api examples/orders/orders.api --dir examples/orders --style gozero --home "$tmp/none"
rm -r examples/orders/internal/middleware

# Only users and their profiles are cached: a password hash or a token row has no place
# in Redis.
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

# clients/ts: the types of user.api, and the client in one file. Declarations are made by
# npm when the package is packed.
go -C tools build -o "$tmp/tstypes" ./tstypes
"$tmp/tstypes" <user.api >clients/ts/src/types.ts
go tool -modfile=tools/go.mod esbuild clients/ts/src/index.ts --bundle --minify --format=esm --target=es2022 \
  --charset=utf8 --log-level=warning --outfile=clients/ts/dist/index.js

# The pages: one script and one style for each folder of internal/web/src that has a script
# of its name. esbuild is a Go program, so that no Node.js is needed.
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

# The API document and its page. What is asked of the service compiles it.
go -C tools run ./apispec ../user.api >"$tmp/spec.json"
go run ./internal/openapi/generate <"$tmp/spec.json" >"$tmp/openapi.json"
go run ./internal/openapi/generate page <"$tmp/openapi.json" >"$tmp/reference.html"
cp "$tmp/openapi.json" "$tmp/reference.html" docs # whole, or not at all
