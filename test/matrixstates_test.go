package test

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"os"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/testkit"
	"user-api/test/faults"
)

// state is one way in which a store is failing or down.
type state struct {
	name, store string
	begin, end  func(*matrix)
}

const (
	ofRedis    = "Redis"
	ofDatabase = "database"
)

// states lists them in the order of the table. OOM, READONLY, NOREPLICAS and 1290 come from
// the servers themselves; the proxies of package faults produce the others.
var states = []state{
	redisItself("OOM", []any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}),
	redisItself("READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}),
	redisSays("MISCONF", faults.Unsaved),
	redisItself("NOREPLICAS", []any{"CONFIG", "SET", "min-replicas-to-write", "1"}, []any{"CONFIG", "SET", "min-replicas-to-write", "0"}),
	redisSays("LOADING", faults.Loading),
	{"gone", ofRedis, func(m *matrix) { m.RedisLine.Cut() }, func(m *matrix) { m.RedisLine.Restore(m.t) }},
	{"hung", ofRedis, func(m *matrix) { m.RedisLine.Stall() }, func(m *matrix) { m.RedisLine.Restore(m.t) }},
	{"1290 read-only", ofDatabase, func(m *matrix) { demote(m.t, 1) }, func(m *matrix) { demote(m.t, 0) }},
	databaseSays("1792 read-only transaction", faults.ReadOnlyTransaction),
	databaseSays("1021 disk full", faults.DiskFull),
	databaseSays("1114 table full", faults.TableFull),
	databaseSays("1040 too many connections", faults.TooManyClients),
	databaseSays("1205 lock wait, once", faults.LockWaitOnce),
	databaseSays("1205 lock wait", faults.LockWait),
	databaseSays("1213 deadlock, once", faults.DeadlockOnce),
	databaseSays("1213 deadlock", faults.Deadlock),
	{"gone", ofDatabase, func(m *matrix) { m.DBLine.Cut() }, func(m *matrix) { m.DBLine.Restore(m.t) }},
	{"hung", ofDatabase, func(m *matrix) { m.DBLine.Stall() }, func(m *matrix) { m.DBLine.Restore(m.t) }},
}

// unread reports whether the database cannot be read.
func (s state) unread() bool {
	return s.store == ofDatabase && slices.Contains([]string{"1040 too many connections", "gone", "hung"}, s.name)
}

func (s state) title() string { return s.store + ", " + s.name }

func redisItself(name string, begin, end []any) state {
	do := func(m *matrix, command []any) {
		if err := m.Redis.Client.Do(m.t.Context(), command...).Err(); err != nil {
			m.t.Fatal(err)
		}
	}
	return state{name, ofRedis, func(m *matrix) { do(m, begin) }, func(m *matrix) { do(m, end) }}
}

func redisSays(name string, fault faults.RedisFault) state {
	return state{name, ofRedis, func(m *matrix) { m.redis.Set(fault) }, func(m *matrix) { m.redis.Clear() }}
}

func databaseSays(name string, fault faults.SQLFault) state {
	return state{name, ofDatabase, func(m *matrix) { m.mysql.Set(fault) }, func(m *matrix) { m.mysql.Clear() }}
}

// operator returns a connection with the operator's rights.
func operator(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", os.Getenv("USER_API_TEST_MYSQL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// demote makes the server read-only except for privileged users, as which most other tests
// on the same server run.
func demote(t *testing.T, on int) {
	t.Helper()
	testkit.SetReadOnly(t, operator(t), on == 1)
}

// plainUser creates a user with all rights to the database and none to the server, and
// returns a DSN with it.
func plainUser(t *testing.T, dsn string) string {
	t.Helper()
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	var raw [8]byte
	rand.Read(raw[:])
	conf.User, conf.Passwd = "ua_"+hex.EncodeToString(raw[:4]), hex.EncodeToString(raw[:])
	db := operator(t)
	for _, statement := range []string{
		"CREATE USER '" + conf.User + "'@'%' IDENTIFIED BY '" + conf.Passwd + "'",
		"GRANT ALL ON " + conf.DBName + ".* TO '" + conf.User + "'@'%'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		db, err := sql.Open("mysql", os.Getenv("USER_API_TEST_MYSQL"))
		if err != nil {
			return
		}
		defer db.Close()
		db.Exec("SET GLOBAL read_only = 0") // also after an aborted test
		db.Exec("DROP USER '" + conf.User + "'@'%'")
	})
	return conf.FormatDSN()
}
