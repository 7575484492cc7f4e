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
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if path, ok := strings.CutPrefix(d.DataSource, config.SQLitePrefix); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			d.ok(about, "%s will be made at the first start", path)
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
	d.ok(about, "%s answers", db.Dialect)
	d.schema(ctx, db)
	d.clock(ctx, db)
	d.connections(ctx, db)
}

// connections compares the pool with what the server grants to all. One node more than
// there are runs while they are restarted, and ten are for others.
func (d *doctor) connections(ctx context.Context, db *store.DB) {
	if db.Dialect == store.SQLite {
		return
	}
	const about, others = "connections", 10
	var most int
	if err := db.SQL.QueryRowContext(ctx, "SELECT @@max_connections").Scan(&most); err != nil {
		d.warn(about, "the database does not tell how many it grants: %v", err)
		return
	}
	pool := d.Database.MaxConns
	switch nodes := (most-others)/pool - 1; {
	case most == 0: // TiDB's word for any number
		d.ok(about, "%d, and the database sets no bound", pool)
	case pool > most:
		d.fail(about, "Database.MaxConns is %d, and the database grants %d in all", pool, most)
	case nodes < 1:
		d.warn(about, "the database grants %d in all, and two times %d are needed while this node is restarted", most, pool)
	default:
		d.ok(about, "%d of the %d that the database grants: room for %d nodes", pool, most, nodes)
	}
}

// schema judges the tables, and writes to them where the service could.
func (d *doctor) schema(ctx context.Context, db *store.DB) {
	const about = "migrations"
	s, err := store.SchemaOf(ctx, db, migrations.FS)
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case !s.Fit() && d.Migrate == "off":
		d.fail(about, "%d of %d%s, and Migrate is off: `migrate up`, or a node with Migrate: auto, must run the rest", s.Version, s.Newest, half(s))
	case !s.Fit():
		d.warn(about, "pending, %d of %d%s: the next start runs the rest; that a row can be written was not tried", s.Version, s.Newest, half(s))
		if err := store.TryMigrate(ctx, db, migrations.FS); err != nil {
			d.fail(about, "the next start will fail: %v", err)
		}
	default:
		d.ok(about, "up to date")
		if err := model.TryWrite(ctx, db.Conn, d.rand, d.now()); err != nil {
			d.fail("database", "takes no row: %v", err)
		} else {
			d.ok("database", "takes a row, which was taken back")
		}
		d.keys(ctx, db)
		d.secondFactors(ctx, db)
		d.proxies(ctx, model.NewTokenModel(db.Conn, model.Changes{}))
		d.numbers(ctx, model.NewUserModel(db.Conn, nil, model.Changes{}))
	}
}

// half tells that a migration has not come to its end.
func half(s store.Schema) string {
	if s.Dirty {
		return ", and the last is under way or has broken off"
	}
	return ""
}

func (d *doctor) clock(ctx context.Context, db *store.DB) {
	if db.Dialect == store.SQLite {
		return // has this process's
	}
	theirs, err := db.Time(ctx)
	if err != nil {
		d.fail("clock", "the database's clock cannot be read: %v", err)
		return
	}
	skew := d.now().UTC().Sub(theirs)
	say := d.ok
	switch {
	case skew.Abs() > skewTooMuch:
		say = d.fail
	case skew.Abs() > skewNoted:
		say = d.warn
	}
	say("clock", "%v from the database's", skew.Round(10*time.Millisecond))
}

// proxies finds a proxy that is not trusted: everybody then seems to come from its
// address, shares one limit, and hides behind it.
func (d *doctor) proxies(ctx context.Context, tokens model.TokenModel) {
	const about = "client addresses"
	ips, err := tokens.RecentIPs(ctx, sessionsLookedAt)
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
		d.ok(about, "too few sessions to judge whether a proxy hides them")
	case len(counts) == 1 && inside:
		d.warn(about, "everyone seems to come from %s: set TrustedProxies", addr)
	default:
		d.ok(about, "%d in the last %d sessions", len(counts), len(ips))
	}
}

// numbers finds those that have left their plan.
func (d *doctor) numbers(ctx context.Context, users model.UserModel) {
	const about = "numbers"
	s, err := surveyNumbers(ctx, account.New(account.Options{Users: users}), numbersLookedAt, func(int) {})
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case s.well():
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
	ctx, cancel := context.WithTimeout(ctx, patience)
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
		d.fail(about, "answers, but cannot be written: %v", err)
	} else {
		d.ok(about, "answers, takes a key and gives it back")
	}
	d.redisSettings(ctx, r)
}

// embedded tries what the Redis inside the process finds at its start.
func (d *doctor) embedded() {
	const about = "Redis"
	switch err := store.CheckEmbedded(d.DataDir()); {
	case err == nil:
		d.ok(about, "runs inside the process; its folder is free and its journal whole")
	case errors.Is(err, store.ErrInUse) && d.running:
		d.warn(about, "runs inside the process that answers; its journal was not looked at")
	default:
		d.fail(about, "%v", err)
	}
}

// redisSettings judges every master. In pro the start refuses one that evicts.
func (d *doctor) redisSettings(ctx context.Context, r *store.Redis) {
	const about = "Redis"
	all, err := r.Settings(ctx)
	if err != nil {
		d.warn(about, "does not show its settings: see that it has maxmemory-policy noeviction and appendonly yes")
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
			say(about, "%s: maxmemory-policy is %s: when full it forgets limits, codes and counts; set noeviction", s.Addr, s.Policy)
		case s.Policy == "":
			evicts = true
			d.warn(about, "%s does not show its maxmemory-policy: see that it is noeviction", s.Addr)
		}
		if s.AppendOnly != "1" {
			forgets = true
			d.warn(about, "%s has no append-only file: a restart loses codes under way and every count; set appendonly yes", s.Addr)
		}
	}
	if !evicts {
		d.ok(about, "evicts nothing")
	}
	if !forgets {
		d.ok(about, "keeps an append-only file")
	}
}
