package store_test

import (
	"context"
	"testing"
	"time"

	"user-api/internal/testkit"
)

func BenchmarkMySQL(b *testing.B) {
	db := openDB(b, testkit.MySQL(b))
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if _, err := db.SQL.Exec("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	if _, err := db.SQL.Exec("INSERT INTO counter VALUES (1, 0)"); err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var n int
			if err := db.Conn.QueryRowCtx(ctx, &n, "SELECT n FROM counter WHERE id = ?", 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Conn.ExecCtx(ctx, "UPDATE counter SET n = 1 WHERE id = ?", 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
