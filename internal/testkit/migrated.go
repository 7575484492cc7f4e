package testkit

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/store"
	"user-api/model/migrations"
)

// schema caches the statements that create a migrated database: running all migrations
// takes about sixty statements, and hundreds of tests need one.
var schema struct {
	sync.Mutex
	text string
}

// MigratedMySQL returns the DSN of a MySQL database with all migrations applied.
func MigratedMySQL(t testing.TB) (dsn string) {
	t.Helper()
	dsn = MySQL(t)
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conf.MultiStatements = true
	db, err := sql.Open("mysql", conf.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	schema.Lock()
	text := schema.text
	if text == "" {
		migrate(t, dsn)
		schema.text = dump(t, db)
	}
	schema.Unlock()
	if text == "" {
		return dsn
	}
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func migrate(t testing.TB, dsn string) {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
}

// dump returns the statements that create the tables of a database and record its
// migration.
func dump(t testing.TB, db *sql.DB) string {
	t.Helper()
	rows, err := db.Query("SHOW TABLES")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	text := []string{"SET SESSION foreign_key_checks = 0"}
	for _, table := range tables {
		var name, create string
		if err := db.QueryRow("SHOW CREATE TABLE `"+table+"`").Scan(&name, &create); err != nil {
			t.Fatal(err)
		}
		text = append(text, create)
	}
	var version string
	if err := db.QueryRow("SELECT `version` FROM `schema_migrations` WHERE NOT `dirty`").Scan(&version); err != nil {
		t.Fatal(err)
	}
	text = append(text, "INSERT INTO `schema_migrations` (`version`, `dirty`) VALUES ("+version+", 0)")
	return strings.Join(text, ";\n")
}
