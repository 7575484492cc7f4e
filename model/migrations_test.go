package model_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"user-api/model/migrations"
)

// rerun matches statements that can be repeated after the process was killed: the database
// either reports that the object exists or is gone, or the statement has no further effect.
var rerun = regexp.MustCompile(`(?is)^(CREATE TABLE|CREATE (UNIQUE )?INDEX|DROP TABLE|DROP INDEX|SELECT 1|UPDATE|` +
	"ALTER TABLE `\\w+`\\s+(ADD|DROP|MODIFY) )")

// Every migration exists for both dialects, up and down, and can be repeated.
func TestMigrations_files(t *testing.T) {
	names := map[string]int{}
	files, err := fs.Glob(migrations.FS, "*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		number, direction := path.Base(file)[:6], strings.SplitN(path.Base(file), ".", 3)[1]
		names[number]++
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		lines := regexp.MustCompile(`(?m)^\s*--.*$`).ReplaceAllString(string(text), "")
		statements := regexp.MustCompile(`;\s*(\n|$)`).Split(strings.TrimSpace(lines), -1)
		for _, statement := range statements {
			if statement = strings.TrimSpace(statement); statement != "" && !rerun.MatchString(statement) {
				t.Errorf("%s: may not be repeatable: %s", file, statement)
			}
		}
		if mysql := strings.HasPrefix(file, "mysql/"); mysql && direction == "up" && len(statements) > 2 {
			t.Errorf("%s has more than one statement and may be left half applied", file)
		}
	}
	for number, count := range names {
		if count != 4 {
			t.Errorf("migration %s has %d files, want up and down for each dialect", number, count)
		}
	}
}
