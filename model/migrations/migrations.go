// Package migrations holds the steps to the schema, one folder per dialect, in files
// that are named and noted as golang-migrate does it. Where a process was killed the
// next one runs the step again from its first statement, so each must bear that:
// CREATE, ADD and DROP do, by what the database answers (see store.Migrate); an UPDATE
// or an INSERT must be written so. For MySQL a file holds one statement.
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
