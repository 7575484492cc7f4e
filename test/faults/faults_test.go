package faults

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"

	"user-api/internal/testkit"
)

// Each state refuses what it should in its own words, lets the rest pass, and ends.
func TestRedis(t *testing.T) {
	proxy := NewRedis(t, testkit.StartRedisServer(t))
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr(), Protocol: 2, MaxRetries: -1})
	defer client.Close()
	ctx := t.Context()
	write := redis.NewScript(`if redis.call('GET', KEYS[1]) == 'x' then return redis.call("SET", KEYS[1], 'y') end return 'read'`)
	read := redis.NewScript(`return redis.call('GET', KEYS[1])`)
	if err := write.Load(ctx, client).Err(); err != nil {
		t.Fatal(err)
	}
	for prefix, fault := range map[string]RedisFault{"OOM": OutOfMemory, "READONLY": ReadOnly, "MISCONF": Unsaved, "NOREPLICAS": NoReplicas, "LOADING": Loading} {
		client.Set(ctx, "k", "v", 0)
		proxy.Set(fault)
		loading := prefix == "LOADING"
		for what, ask := range map[string]struct {
			err     error
			refused bool
		}{
			"a read":           {client.Get(ctx, "k").Err(), loading},
			"a script's read":  {read.Run(ctx, client, []string{"k"}).Err(), loading},
			"a write":          {client.Set(ctx, "k", "w", 0).Err(), true},
			"a script's write": {write.Run(ctx, client, []string{"k"}).Err(), true},
			"a deletion":       {client.Del(ctx, "none").Err(), prefix != "OOM"},
			"a greeting":       {client.Do(ctx, "CLIENT", "ID").Err(), false},
		} {
			if refused := ask.err != nil; refused != ask.refused || refused && !strings.HasPrefix(ask.err.Error(), prefix+" ") {
				t.Errorf("%s: %s: %v, want refused %t", prefix, what, ask.err, ask.refused)
			}
		}
		_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Get(ctx, "k")
			p.Set(ctx, "k", "w", 0)
			return nil
		})
		if err == nil {
			t.Errorf("%s: a transaction is done", prefix)
		}
		proxy.Clear()
		if got := client.Get(ctx, "k").Val(); got != "v" {
			t.Errorf("%s: afterwards there is %q, want v", prefix, got)
		}
		if err := write.Run(ctx, client, []string{"k"}).Err(); err != nil {
			t.Errorf("%s: afterwards: %v", prefix, err)
		}
	}
}

func openProxied(t *testing.T, params string) (*MySQL, *sql.DB) {
	t.Helper()
	conf, err := mysql.ParseDSN(testkit.MySQL(t) + params)
	if err != nil {
		t.Fatal(err)
	}
	proxy := NewMySQL(t, conf.Addr)
	conf.Addr = proxy.Addr()
	db, err := sql.Open("mysql", conf.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE t (n INT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	return proxy, db
}

func number(err error) uint16 {
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return my.Number
	}
	return 0
}

func TestMySQL(t *testing.T) {
	for name, params := range map[string]string{"prepared": "?interpolateParams=false", "interpolated": "?interpolateParams=true"} {
		t.Run(name, func(t *testing.T) {
			proxy, db := openProxied(t, params)
			exec := func(query string, args ...any) uint16 {
				_, err := db.Exec(query, args...)
				if err != nil && number(err) == 0 {
					t.Errorf("%s: %v", query, err)
				}
				return number(err)
			}
			for _, fault := range []SQLFault{DemotedPrimary, ReadOnlyTransaction, DiskFull, TableFull, LockWait, Deadlock} {
				proxy.Set(fault)
				var n int
				if err := db.QueryRow("SELECT COUNT(*) FROM t WHERE n > ?", 0).Scan(&n); err != nil || n != 0 {
					t.Errorf("%d: a read: %d, %v", fault.Number, n, err)
				}
				if got := exec("INSERT INTO t VALUES (?)", 1); got != fault.Number {
					t.Errorf("%d: an insert: error %d", fault.Number, got)
				}
				if got := exec("DELETE FROM t WHERE n = ?", 1); got != fault.Number && fault.Number != TableFull.Number {
					t.Errorf("%d: a deletion: error %d", fault.Number, got)
				}
				proxy.Clear()
				if a, b := exec("INSERT INTO t VALUES (?)", 1), exec("DELETE FROM t"); a+b != 0 {
					t.Errorf("%d: afterwards: errors %d, %d", fault.Number, a, b)
				}
			}
			proxy.Set(DeadlockOnce)
			for _, want := range []uint16{Deadlock.Number, 0, 0} {
				if got := exec("DELETE FROM t WHERE n = ?", 7); got != want {
					t.Errorf("a deadlock once: error %d, want %d", got, want)
				}
			}
		})
	}
}

func TestMySQL_deadlockRollsBack(t *testing.T) {
	proxy, db := openProxied(t, "")
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("INSERT INTO t VALUES (1)")
	}
	if err != nil {
		t.Fatal(err)
	}
	proxy.Set(Deadlock)
	if err := tx.Commit(); number(err) != Deadlock.Number {
		t.Errorf("commit: %v", err)
	}
	proxy.Clear()
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v, want none", n, err)
	}
}

func TestMySQL_tooManyClients(t *testing.T) {
	proxy, db := openProxied(t, "")
	conn, err := db.Conn(t.Context()) // the pool is empty now, and the next ping connects
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	proxy.Set(TooManyClients)
	if err := db.PingContext(t.Context()); number(err) != TooManyClients.Number {
		t.Errorf("a new connection: %v, want 1040", err)
	}
	if err := conn.PingContext(t.Context()); err == nil {
		t.Error("an open connection still answers")
	}
	proxy.Clear()
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}
