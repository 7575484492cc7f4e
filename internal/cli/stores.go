package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"

	"user-api/internal/account"
	"user-api/internal/config"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model"
	"user-api/model/migrations"
)

func (d *doctor) database(ctx context.Context) {
	const about = "database"
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if path, ok := strings.CutPrefix(d.DataSource, config.SQLitePrefix); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			d.ok(about, "%s will be created at the first start", path)
			return
		}
	}
	db, err := store.OpenDB(ctx, svc.DBOptions(d.Config))
	if err == nil {
		defer db.Close()
		err = db.Ping(ctx)
	}
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	d.ok(about, "%s responds", db.Dialect)
	d.schema(ctx, db)
	d.clock(ctx, db)
	d.connections(ctx, db)
}

// connections compares the pool with the server's limit. It allows for one extra node
// during a rolling restart, and for ten other connections.
func (d *doctor) connections(ctx context.Context, db *store.DB) {
	if db.Dialect == store.SQLite {
		return
	}
	const about, others = "connections", 10
	var most int
	if err := db.SQL.QueryRowContext(ctx, "SELECT @@max_connections").Scan(&most); err != nil {
		d.warn(about, "the connection limit of the database cannot be read: %v", err)
		return
	}
	pool := d.Database.MaxConns
	switch nodes := (most-others)/pool - 1; {
	case most == 0: // TiDB's value for no limit
		d.ok(about, "%d, and the database has no limit", pool)
	case pool > most:
		d.fail(about, "Database.MaxConns is %d, but the database allows only %d in total", pool, most)
	case nodes < 1:
		d.warn(about, "the database allows %d in total, but two times %d are needed while this node restarts", most, pool)
	default:
		d.ok(about, "%d of the %d that the database allows: enough for %d nodes", pool, most, nodes)
	}
}

// schema checks the schema, and writes to the tables if the service could.
func (d *doctor) schema(ctx context.Context, db *store.DB) {
	const about = "migrations"
	s, err := store.SchemaOf(ctx, db, migrations.FS)
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case !s.Fit() && d.Migrate == "off":
		d.fail(about, "%d of %d%s, and Migrate is off: run `migrate up` or a node with Migrate: auto to apply the rest", s.Version, s.Newest, interrupted(s))
	case !s.Fit():
		d.warn(about, "pending, %d of %d%s: the next start applies the rest; writing was not checked", s.Version, s.Newest, interrupted(s))
		if err := store.TryMigrate(ctx, db, migrations.FS); err != nil {
			d.fail(about, "the next start will fail: %v", err)
		}
	default:
		d.ok(about, "up to date")
		if err := model.TryWrite(ctx, db.Conn, d.rand, d.now()); err != nil {
			d.fail("database", "cannot write a row: %v", err)
		} else {
			d.ok("database", "can write a row (rolled back)")
		}
		d.keys(ctx, db)
		d.secondFactors(ctx, db)
		d.proxies(ctx, model.NewTokenModel(db.Conn, model.Changes{}))
		d.numbers(ctx, model.NewUserModel(db.Conn, nil, model.Changes{}))
	}
}

// interrupted describes a migration that is running or was interrupted.
func interrupted(s store.Schema) string {
	if s.Dirty {
		return ", and the last one is running or was interrupted"
	}
	return ""
}

func (d *doctor) clock(ctx context.Context, db *store.DB) {
	if db.Dialect == store.SQLite {
		return // it uses this process's clock
	}
	theirs, err := db.Time(ctx)
	if err != nil {
		d.fail("clock", "the database's clock cannot be read: %v", err)
		return
	}
	skew := d.now().UTC().Sub(theirs)
	say := d.ok
	switch {
	case skew.Abs() > skewFail:
		say = d.fail
	case skew.Abs() > skewWarn:
		say = d.warn
	}
	say("clock", "%v ahead of the database's", skew.Round(10*time.Millisecond))
}

// proxies detects an untrusted proxy: all clients then seem to come from its address, share
// one limit, and hide behind it.
func (d *doctor) proxies(ctx context.Context, tokens model.TokenModel) {
	const about = "client addresses"
	ips, err := tokens.RecentIPs(ctx, sessionsChecked)
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	counts := map[string]int{}
	for _, ip := range ips {
		counts[ip]++
	}
	addr, err := netip.ParseAddr(strings.Join(ips[:min(1, len(ips))], ""))
	inside := err == nil && (addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast())
	switch {
	case len(ips) < sessionsEnough:
		d.ok(about, "too few sessions to detect a hidden proxy")
	case len(counts) == 1 && inside:
		d.warn(about, "all clients seem to come from %s: set TrustedProxies", addr)
	default:
		d.ok(about, "%d different ones in the last %d sessions", len(counts), len(ips))
	}
}

// numbers reports numbers that no longer fit their numbering plan.
func (d *doctor) numbers(ctx context.Context, users model.UserModel) {
	const about = "numbers"
	s, err := surveyNumbers(ctx, account.New(account.Options{Users: users}), numbersChecked, func(int) {})
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case s.ok():
		d.ok(about, "%s", s)
	default:
		d.warn(about, "%s", s)
	}
}

func (d *doctor) redis(ctx context.Context) {
	const about = "Redis"
	if len(d.CacheRedis) == 0 {
		d.embedded()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	r, err := store.OpenRedis(ctx, svc.RedisOptions(d.Config))
	if err == nil {
		defer r.Close()
		err = r.Ping(ctx)
	}
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	if err := r.TryWrite(ctx); err != nil {
		d.fail(about, "responds, but cannot be written: %v", err)
	} else {
		d.ok(about, "responds, and a key can be written and read")
	}
	d.redisSettings(ctx, r)
}

// embedded checks what the embedded Redis needs at its start.
func (d *doctor) embedded() {
	const about = "Redis"
	switch err := store.CheckEmbedded(d.DataDir()); {
	case err == nil:
		d.ok(about, "embedded; its directory is free and its journal is intact")
	case errors.Is(err, store.ErrInUse) && d.running:
		d.warn(about, "embedded in the running process; its journal was not checked")
	default:
		d.fail(about, "%v", err)
	}
}

// redisSettings checks every master. In pro the start refuses one that evicts keys.
func (d *doctor) redisSettings(ctx context.Context, r *store.Redis) {
	const about = "Redis"
	all, err := r.Settings(ctx)
	if err != nil {
		d.warn(about, "does not show its settings: make sure that it has maxmemory-policy noeviction and appendonly yes")
		return
	}
	evicts, forgets := false, false
	for _, s := range all {
		switch {
		case s.Evicts():
			evicts = true
			say := d.warn
			if d.Mode == config.ModePro {
				say = d.fail
			}
			say(about, "%s: maxmemory-policy is %s: when full it evicts limits, codes and counters; set noeviction", s.Addr, s.Policy)
		case s.Policy == "":
			evicts = true
			d.warn(about, "%s does not show its maxmemory-policy: make sure that it is noeviction", s.Addr)
		}
		if s.AppendOnly != "1" {
			forgets = true
			d.warn(about, "%s has no append-only file: a restart loses open codes and all counters; set appendonly yes", s.Addr)
		}
	}
	if !evicts {
		d.ok(about, "does not evict keys")
	}
	if !forgets {
		d.ok(about, "has an append-only file")
	}
}
