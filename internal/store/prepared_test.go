package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// A cached statement works after its table was changed or missing.
func TestPrepared_outlivesSchema(t *testing.T) {
	db, ctx := openDB(t, "sqlite:"+t.TempDir()+"/user.db"), context.Background()
	read := func() (n int, err error) {
		err = db.Conn.QueryRowCtx(ctx, &n, "select count(*) from thing where id > ?", 0)
		return n, err
	}
	if _, err := read(); err == nil {
		t.Fatal("a table that is not there was read")
	}
	for _, c := range []struct {
		change string
		rows   int // no table
	}{
		{"create table thing (id integer primary key)", 1}, {"alter table thing add column name text", 2},
		{"create index thing_name on thing (name)", 3}, {"drop table thing", -1}, {"create table thing (name text, id integer)", 1},
	} {
		if _, err := db.SQL.ExecContext(ctx, c.change); err != nil {
			t.Fatal(err)
		}
		_, inserted := db.Conn.ExecCtx(ctx, "insert into thing (id) values (?)", max(1, c.rows))
		n, err := read()
		if c.rows < 0 && (inserted == nil || err == nil) {
			t.Errorf("after %q: %v, %v, want errors", c.change, inserted, err)
		}
		if c.rows > 0 && (inserted != nil || err != nil || n != c.rows) {
			t.Errorf("after %q: %d rows, %v, %v, want %d", c.change, n, inserted, err, c.rows)
		}
	}
}

// One statement is used concurrently, and while its own rows are being read.
func TestPrepared_parallel(t *testing.T) {
	db, ctx := openDB(t, "sqlite:"+t.TempDir()+"/user.db"), context.Background()
	if _, err := db.SQL.ExecContext(ctx, "create table thing (id integer primary key, name text)"); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for worker := range 32 {
		wait.Go(func() {
			for i := range 30 {
				id := worker*100 + i
				name := fmt.Sprint("thing ", id)
				if _, err := db.Conn.ExecCtx(ctx, "insert into thing (id, name) values (?, ?)", id, name); err != nil {
					t.Error(err)
					return
				}
				var got string
				if err := db.Conn.QueryRowCtx(ctx, &got, "select name from thing where id = ?", id); err != nil || got != name {
					t.Errorf("%d is %q, %v", id, got, err)
					return
				}
			}
		})
	}
	wait.Wait()
	var names []string
	if err := db.Conn.QueryRowsCtx(ctx, &names, "select name from thing where id >= ? order by id", 0); err != nil || len(names) != 32*30 {
		t.Errorf("%d rows, %v", len(names), err)
	}
	if err := db.Conn.QueryRowCtx(ctx, new(string), "select name from thing where id = ?", -1); !errors.Is(err, sqlx.ErrNotFound) {
		t.Errorf("nobody: %v, want ErrNotFound", err)
	}
}

// More statements than are cached, and longer ones, work as well.
func TestPrepared_bounded(t *testing.T) {
	db, ctx := openDB(t, "sqlite:"+t.TempDir()+"/user.db"), context.Background()
	for i := range 300 {
		var n int
		query := fmt.Sprintf("select ? + %d%s", i, strings.Repeat(" + 0", i))
		if err := db.Conn.QueryRowCtx(ctx, &n, query, 1); err != nil || n != i+1 {
			t.Fatalf("%d of %d bytes: %d, %v", i, len(query), n, err)
		}
	}
}

func BenchmarkSQLite(b *testing.B) {
	db, ctx := openDB(b, "sqlite:"+b.TempDir()+"/user.db"), context.Background()
	if _, err := db.SQL.ExecContext(ctx, "create table thing (id integer primary key, name text)"); err != nil {
		b.Fatal(err)
	}
	if _, err := db.SQL.ExecContext(ctx, "insert into thing values (1, 'one')"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var name string
		if err := db.Conn.QueryRowCtx(ctx, &name, "select name from thing where id = ?", 1); err != nil {
			b.Fatal(err)
		}
	}
}
