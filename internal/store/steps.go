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

// stepFile matches the file name of a migration: number, words, direction.
var stepFile = regexp.MustCompile(`^(\d{1,18})_[^.]*\.(up|down)\.sql$`)

// step is a migration in one direction.
type step struct {
	version    int64
	name       string // file name
	statements []string
}

// readSteps returns the migrations of a dialect in one direction ("up" or "down"), in
// ascending order.
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

// statements splits a file at the semicolons that end statements: those outside quotes and
// comments, which are lines that begin with two dashes.
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
			case c == quote: // a doubled quote closes and reopens
				quote = 0
			}
			now.WriteByte(c)
		}
	}
	flush()
	return all
}

// Errors of a statement that was executed before. MySQL's DDL is not transactional, but
// each statement is atomic; ADD COLUMN IF NOT EXISTS exists only in MariaDB.
var (
	// exists: table, column, key, foreign key. MariaDB reports the last as mysqlCantCreate.
	exists = []uint16{1050, 1060, 1061, 1826}
	// gone: the same, and the table that a column or key belonged to.
	gone = []uint16{1051, 1091, 1146}

	existsInSQLite = regexp.MustCompile(`already exists|duplicate column name`)
	goneInSQLite   = regexp.MustCompile(`no such (table|index|column)`)

	drops = regexp.MustCompile(`(?is)^(DROP|ALTER\s+TABLE\s+\S+\s+DROP)\b`)
)

const mysqlCantCreate = 1005

// doneBefore reports whether the statement failed because it was executed before. Rely on
// it only for a migration that was started before; otherwise the objects are not ours.
func doneBefore(statement string, err error) bool {
	numbers, words := exists, existsInSQLite
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
