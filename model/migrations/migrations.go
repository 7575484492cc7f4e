// Package migrations holds the schema, one folder per dialect, as golang-migrate
// reads it. The mysql create files are also what `make generate` makes the
// models from, and goctl reads no foreign keys: those come in later files. A
// file holds one statement, so that none can be left half done.
package migrations

import "embed"

// FS holds the folders mysql and sqlite.
//
//go:embed mysql/*.sql sqlite/*.sql
var FS embed.FS
