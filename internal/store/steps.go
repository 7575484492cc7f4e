package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// stepFile is the name of a migration: number, words, direction.
var stepFile = regexp.MustCompile(`^(\d{1,18})_[^.]*\.(up|down)\.sql$`)

// step is a migration in one direction.
type step struct {
	version    int64
	name       string // of the file
	statements []string
}

// readSteps reads the migrations of a dialect in one direction ("up" or "down"),
// lowest first.
func readSteps(dialect Dialect, fsys fs.FS, direction string) ([]step, error) {
	entries, err := fs.ReadDir(fsys, string(dialect))
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	var steps []step
	for _, entry := range entries {
		parts := stepFile.FindStringSubmatch(entry.Name())
		if parts == nil || parts[2] != direction {
			continue
		}
		version, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		text, err := fs.ReadFile(fsys, path.Join(string(dialect), entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		steps = append(steps, step{version, entry.Name(), statements(string(text))})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("store: no migrations in %s", dialect)
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.version, b.version) })
	return steps, nil
}

// statements cuts a file at the semicolons that end statements: those outside of
// quotes and of comments, which begin a line with two dashes.
func statements(text string) []string {
	var all []string
	var now strings.Builder
	flush := func() {
		if s := strings.TrimSpace(now.String()); s != "" {
			all = append(all, s)
		}
		now.Reset()
	}
	var quote byte
	for line := range strings.Lines(text) {
		if quote == 0 && strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		for i := range len(line) {
			c := line[i]
			switch {
			case quote == 0 && c == ';':
				flush()
				continue
			case quote == 0 && strings.IndexByte("'\"`", c) >= 0:
				quote = c
			case c == quote: // a doubled one closes and opens again
				quote = 0
			}
			now.WriteByte(c)
		}
	}
	flush()
	return all
}

// The errors that a statement meets which was run before. MySQL's DDL is not part of
// a transaction, but each statement is done or not done; and it knows no ADD COLUMN
// IF NOT EXISTS, which is MariaDB's.
var (
	// there: table, column, key, foreign key. MariaDB tells the last by mysqlCantCreate.
	there = []uint16{1050, 1060, 1061, 1826}
	// gone: the same, and the table a column or a key was of.
	gone = []uint16{1051, 1091, 1146}

	thereInSQLite = regexp.MustCompile(`already exists|duplicate column name`)
	goneInSQLite  = regexp.MustCompile(`no such (table|index|column)`)

	drops = regexp.MustCompile(`(?is)^(DROP|ALTER\s+TABLE\s+\S+\s+DROP)\b`)
)

const mysqlCantCreate = 1005

// doneBefore reports whether the statement failed because it was done before. That
// is to be believed only of a migration that was begun before: else what is there is
// somebody else's.
func doneBefore(statement string, err error) bool {
	numbers, words := there, thereInSQLite
	if drops.MatchString(statement) {
		numbers, words = gone, goneInSQLite
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return slices.Contains(numbers, my.Number) ||
			my.Number == mysqlCantCreate && strings.Contains(my.Message, "errno: 121")
	}
	return isSQLite(err) && words.MatchString(err.Error())
}
