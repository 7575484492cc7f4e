package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	steps "user-api/model/migrations"
)

// Every row and column of every table is copied from SQLite to MySQL. Each column is
// non-empty in one row and, if nullable, NULL in another.
func TestCopyRows(t *testing.T) {
	from, to := migrated(t, "sqlite:"+t.TempDir()+"/user.db"), migrated(t, testkit.MySQL(t))
	tables := tablesOf(t, from)
	if len(tables) < 8 {
		t.Fatalf("only the tables %v", tables)
	}
	const rows = 1203 // more than two statements
	for _, table := range tables {
		fillTable(t, from, to, table, rows)
	}
	if _, err := from.SQL.Exec("UPDATE sqlite_sequence SET seq = ?", 1<<53); err != nil {
		t.Fatal(err)
	}
	told := 0
	counts, err := store.CopyRows(t.Context(), from, to, steps.FS, func(done, total int) {
		if done <= told || done > total || total != rows*len(tables) {
			t.Errorf("told %d of %d after %d", done, total, told)
		}
		told = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if told != rows*len(tables) || len(counts) != len(tables) {
		t.Errorf("told %d rows, %d tables", told, len(counts))
	}
	for _, table := range tables {
		want, got := content(t, from, table), content(t, to, table)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-SQLite +MySQL):\n%s", table, diff[:min(len(diff), 2000)])
		}
		if len(want) != rows {
			t.Errorf("%s has %d rows", table, len(want))
		}
	}
	// A deleted auto-increment value is not reused.
	result, err := to.SQL.Exec("INSERT INTO revocation (at, user_id, session_id, reason, role) VALUES (1, 1, '', '', '')")
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := result.LastInsertId(); id != 1<<53+1 {
		t.Errorf("the next number is %d, want %d", id, 1<<53+1)
	}
	if _, err := store.CopyRows(t.Context(), from, to, steps.FS, func(int, int) {}); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("into tables that hold rows: %v", err)
	}
}

// No table or column is omitted silently, and nothing is written to tables of another
// release.
func TestCopyRows_others(t *testing.T) {
	to := migrated(t, testkit.MySQL(t))
	for change, want := range map[string]string{
		"CREATE TABLE more (id INTEGER PRIMARY KEY)":                              "the tables differ",
		"ALTER TABLE user ADD COLUMN more TEXT":                                   "the tables differ",
		"UPDATE schema_migrations SET version = 3":                                "run `user-api migrate up` there first",
		"INSERT INTO mark (id, n) VALUES ('" + strings.Repeat("x", 200) + "', 1)": "table mark",
	} {
		from := migrated(t, "sqlite:"+t.TempDir()+"/user.db")
		if _, err := from.SQL.Exec(change); err != nil {
			t.Fatal(err)
		}
		_, err := store.CopyRows(t.Context(), from, to, steps.FS, func(int, int) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", change, err, want)
		}
	}
}

func migrated(t *testing.T, source string) *store.DB {
	t.Helper()
	db := openDB(t, source)
	if err := store.Migrate(context.Background(), db, steps.FS); err != nil {
		t.Fatal(err)
	}
	return db
}

func tablesOf(t *testing.T, db *store.DB) []string {
	t.Helper()
	return texts(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migrations' ORDER BY name")
}

func texts(t *testing.T, db *store.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.SQL.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// fillTable adds rows with a distinct value in every column; every third row has NULL
// wherever possible. Texts fit into the columns of MySQL.
func fillTable(t *testing.T, from, to *store.DB, table string, rows int) {
	t.Helper()
	for _, statement := range []string{"PRAGMA foreign_keys = 0", "BEGIN"} { // there is one connection
		if _, err := from.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	columns := texts(t, to, "SELECT CONCAT(column_name, ' ', data_type, ' ', COALESCE(character_maximum_length, 0), ' ', is_nullable) "+
		"FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?", table)
	for row := range rows {
		var names, places []string
		var values []any
		for _, column := range columns {
			var name, kind, null string
			var length int
			if _, err := fmt.Sscan(column, &name, &kind, &length, &null); err != nil {
				t.Fatal(err)
			}
			names, places = append(names, "`"+name+"`"), append(places, "?")
			switch {
			case null == "YES" && row%3 == 0:
				values = append(values, nil)
			case name == "user_id":
				values = append(values, 1<<52+row) // an id of the table user
			case strings.Contains(kind, "blob"), strings.Contains(kind, "binary"):
				values = append(values, []byte{0xff, 0, byte(row), byte(row >> 8)})
			case length > 0:
				text := fmt.Sprint(row, "é∂😀\\'\"%\x00 ", strings.Repeat("z", length))
				values = append(values, string([]rune(text)[:min(length, 60)]))
			case kind == "bigint":
				values = append(values, 1<<52+row)
			default:
				values = append(values, row%2)
			}
		}
		if _, err := from.SQL.Exec("INSERT INTO `"+table+"` ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+")", values...); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	if _, err := from.SQL.Exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
}

// content returns all rows of a table, unordered.
func content(t *testing.T, db *store.DB, table string) map[string]int {
	t.Helper()
	rows, err := db.SQL.Query("SELECT * FROM `" + table + "`")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, name := range names {
			if b, ok := values[i].([]byte); ok {
				values[i] = string(b)
			}
			row[name] = fmt.Sprintf("%v", values[i])
			if values[i] == nil {
				row[name] = "NULL"
			}
		}
		all[fmt.Sprint(row)]++
	}
	return all
}
