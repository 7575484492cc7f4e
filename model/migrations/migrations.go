// Package migrations holds the steps to the schema, one folder per dialect, as
// golang-migrate reads them. A file holds one statement, so that none can be left
// half done.
//
// To add a column, write a step for both dialects, and put the column into
// model/schema, from which `make generate` makes the models: goctl reads whole
// tables, and no foreign keys. A test compares the two.
package migrations

import "embed"

// FS holds the folders mysql and sqlite.
//
//go:embed mysql/*.sql sqlite/*.sql
var FS embed.FS
