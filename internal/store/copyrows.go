package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

const (
	// Limits of one INSERT: rows, values and bytes, far below what servers refuse.
	copyBatch  = 500
	copyValues = 10_000
	copyBytes  = 1 << 20
)

// ErrNotEmpty means that a table already has rows.
var ErrNotEmpty = errors.New("is not empty: rows are only copied into empty tables; after an interrupted restore, `user-api migrate down --to 0` and `migrate up` empty them")

// CopyRows copies all rows of a SQLite database into the empty tables of a MySQL database
// with the same schema, and returns the number of rows by table. It calls each with the
// number of copied rows and the total. Nothing else may write to either database meanwhile.
// It copies the tables and columns that exist, which must be the same in both.
func CopyRows(ctx context.Context, from, to *DB, fsys fs.FS, each func(done, total int)) (map[string]int, error) {
	if from.Dialect != SQLite || to.Dialect != MySQL {
		return nil, errors.New("store: rows can only be copied from SQLite to MySQL")
	}
	for _, db := range []*DB{from, to} {
		s, err := SchemaOf(ctx, db, fsys)
		if err != nil {
			return nil, err
		}
		if s.Version != s.Newest || s.Dirty {
			return nil, fmt.Errorf("store: the schema of %s is at migration %d, but this release has %d: run `user-api migrate up` there first", db.Dialect, s.Version, s.Newest)
		}
	}
	tables, err := sameTables(ctx, from, to)
	if err != nil {
		return nil, err
	}
	rows, total := map[string]int{}, 0
	for _, t := range tables {
		if n, err := count(ctx, to, t.name); err != nil {
			return nil, err
		} else if n > 0 {
			return nil, fmt.Errorf("store: table %s %w", t.name, ErrNotEmpty)
		}
		if rows[t.name], err = count(ctx, from, t.name); err != nil {
			return nil, err
		}
		total += rows[t.name]
	}
	done := 0
	for _, t := range tables {
		if err := t.copy(ctx, from, to, func(n int) { done += n; each(done, total) }); err != nil {
			return nil, fmt.Errorf("store: table %s: %w", t.name, scrub(err))
		}
		if n, err := count(ctx, to, t.name); err != nil || n != rows[t.name] {
			return nil, fmt.Errorf("store: table %s has %d rows, want %d: %w", t.name, n, rows[t.name], errors.Join(err))
		}
	}
	return rows, nil
}

// table is a table to copy.
type table struct {
	name    string
	columns []string
	// parents are the tables that its foreign keys reference.
	parents []string
	// next is the next auto-increment value if values must not be reused, or 0.
	next int64
}

// sameTables returns the tables, each after its parents.
func sameTables(ctx context.Context, from, to *DB) ([]table, error) {
	here, err := columnsOfAll(ctx, from, "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "+
		"WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'")
	if err != nil {
		return nil, err
	}
	there, err := columnsOfAll(ctx, to, "SELECT c.table_name, c.column_name FROM information_schema.columns c "+
		"JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name "+
		"WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'")
	if err != nil {
		return nil, err
	}
	if !maps.EqualFunc(here, there, slices.Equal) {
		return nil, fmt.Errorf("store: the tables differ: SQLite has %v, MySQL %v", here, there)
	}
	var sorted []table
	for len(here) > 0 {
		before := len(sorted)
		for _, name := range slices.Sorted(maps.Keys(here)) {
			t := table{name: name, columns: here[name]}
			if err := t.readKeys(ctx, from); err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(t.parents, func(p string) bool { _, waits := here[p]; return waits }) {
				sorted = append(sorted, t)
				delete(here, name)
			}
		}
		if len(sorted) == before {
			return nil, errors.New("store: the foreign keys have a cycle")
		}
	}
	return sorted, nil
}

// columnsOfAll returns the sorted columns of each table, except the tables of migrations.
func columnsOfAll(ctx context.Context, db *DB, query string) (map[string][]string, error) {
	rows, err := db.SQL.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string][]string{}
	for rows.Next() {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return nil, err
		}
		if name != versionTable && name != leaseName {
			all[name] = append(all[name], column)
		}
	}
	for _, columns := range all {
		slices.Sort(columns)
	}
	return all, rows.Err()
}

func (t *table) readKeys(ctx context.Context, from *DB) error {
	var parents string
	err := from.SQL.QueryRowContext(ctx, "SELECT COALESCE(group_concat(\"table\"), '') FROM pragma_foreign_key_list(?)", t.name).Scan(&parents)
	if err != nil {
		return err
	}
	if parents != "" {
		t.parents = strings.Split(parents, ",")
	}
	var sequences int
	if err := from.SQL.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'").Scan(&sequences); err != nil || sequences == 0 {
		return err
	}
	return from.SQL.QueryRowContext(ctx, "SELECT COALESCE(max(seq), -1) + 1 FROM sqlite_sequence WHERE name = ?", t.name).Scan(&t.next)
}

func (t table) copy(ctx context.Context, from, to *DB, copied func(int)) error {
	list := "`" + strings.Join(t.columns, "`, `") + "`"
	rows, err := from.readers().QueryContext(ctx, "SELECT "+list+" FROM `"+t.name+"`")
	if err != nil {
		return err
	}
	defer rows.Close()
	most := min(copyBatch, copyValues/len(t.columns))
	var values []any
	bytes := 0
	insert := func() error {
		n := len(values) / len(t.columns)
		if n == 0 {
			return nil
		}
		row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
		_, err := to.Conn.ExecCtx(ctx, "INSERT INTO `"+t.name+"` ("+list+") VALUES "+strings.TrimSuffix(strings.Repeat(row+", ", n), ", "), values...)
		values, bytes = values[:0], 0
		copied(n)
		return err
	}
	for rows.Next() {
		row := make([]any, len(t.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, value := range row {
			bytes += sizeOf(value)
		}
		if values = append(values, row...); len(values) == most*len(t.columns) || bytes >= copyBytes {
			if err := insert(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(rows.Err(), insert()); err != nil || t.next == 0 {
		return err
	}
	_, err = to.Conn.ExecCtx(ctx, fmt.Sprintf("ALTER TABLE `%s` AUTO_INCREMENT = %d", t.name, t.next))
	return err
}

// sizeOf returns the length of a string or byte slice, or 0.
func sizeOf(value any) int {
	switch value := value.(type) {
	case string:
		return len(value)
	case []byte:
		return len(value)
	}
	return 0
}

func count(ctx context.Context, db *DB, name string) (n int, err error) {
	err = db.SQL.QueryRowContext(ctx, "SELECT count(*) FROM `"+name+"`").Scan(&n)
	return n, err
}
