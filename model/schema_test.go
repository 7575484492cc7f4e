package model_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// rows holds a row type of each table, as goctl generated it from schema.
var rows = map[string]any{
	"user": model.User{}, "credential": model.Credential{}, "token": model.Token{}, "event": model.Event{}, "delivery": model.Delivery{},
	"revocation": model.Revocation{},
	"failure":    model.Failure{}, "mark": model.Mark{}, "origin": model.Origin{}, "profile": model.Profile{},
	"client": model.Client{}, "signing_key": model.SigningKey{}, "invite": model.Invite{}, "avatar": model.Avatar{},
	"webhook": model.Webhook{}, "endpoint": model.Endpoint{}, "mfa": model.Mfa{}, "recovery_code": model.RecoveryCode{}, "link": model.Link{}, "passkey": model.Passkey{}, "tally": model.Tally{},
}

// The migrations of both dialects create the tables that the models were generated from.
func TestSchema(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		files, err := os.ReadDir("schema")
		if err != nil || len(files) != len(rows) {
			t.Fatalf("schema has %d files for %d models, %v", len(files), len(rows), err)
		}
		for table, row := range rows {
			have := columns(t, db, table)
			var want []string
			for i := range reflect.TypeOf(row).NumField() {
				want = append(want, reflect.TypeOf(row).Field(i).Tag.Get("db"))
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(have))); diff != "" {
				t.Errorf("%s: the columns of the model and of the table (-want +got):\n%s", table, diff)
			}
			if db.Dialect == store.SQLite {
				continue // the schema is MySQL's
			}
			source, err := os.ReadFile("schema/" + table + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL.Exec(strings.Replace(string(source), "`"+table+"`", "`schema_"+table+"`", 1)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(columns(t, db, "schema_"+table), have); diff != "" {
				t.Errorf("%s: schema and the migrated table (-schema +migrated):\n%s", table, diff)
			}
		}
	})
}

// columns returns the definitions of the columns of a table by name.
func columns(t *testing.T, db *store.DB, table string) map[string]string {
	t.Helper()
	query := "SELECT column_name, CONCAT_WS(' ', column_type, is_nullable, COALESCE(column_default, 'none')) " +
		"FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
	if db.Dialect == store.SQLite {
		query = "SELECT name, type FROM pragma_table_info(?)"
	}
	found, err := db.SQL.Query(query, table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	all := map[string]string{}
	for found.Next() {
		var name, kind string
		if err := found.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		all[name] = kind
	}
	if err := found.Err(); err != nil {
		t.Fatal(fmt.Errorf("columns of %s: %w", table, err))
	}
	return all
}
