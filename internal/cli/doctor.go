package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model"
	"user-api/model/migrations"
)

const (
	// patience bounds each look at something outside the process.
	patience = 5 * time.Second

	// The database's clock and the process's: tokens forgive half a minute.
	skewNoted   = 2 * time.Second
	skewTooMuch = 30 * time.Second

	// Of so many sessions' addresses, so many make a pattern.
	sessionsLookedAt = 200
	sessionsEnough   = 10
)

var (
	// ErrUnwell is returned when Doctor found something that must be mended.
	ErrUnwell = errors.New("doctor: something is wrong")

	errDoctorUsage = errors.New("usage: user.go doctor [-f FILE]")
)

// doctor prints a line per finding.
type doctor struct {
	config.Config
	out    io.Writer
	now    func() time.Time
	unwell bool
}

// Doctor looks at the configuration and at what it leads to, and prints a line
// for each thing it looked at: ok, warn, or FAIL. It changes nothing, sends
// nothing and tells no secret. Fails with ErrUnwell after a FAIL.
func Doctor(ctx context.Context, args []string, out io.Writer, now func() time.Time) error {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "etc/user-api.yaml", "the configuration file")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errDoctorUsage
	}
	d := &doctor{out: out, now: now}
	var err error
	if d.Config, err = config.Load(*file); err == nil {
		err = d.CheckDates(now())
	}
	if err != nil {
		d.fail("configuration", "%s", strings.ReplaceAll(err.Error(), "\n", "\n      "))
		return ErrUnwell
	}
	d.ok("configuration", "%s, mode %s", *file, d.Mode)
	d.secrets()
	d.database(ctx)
	d.redis(ctx)
	d.messages()
	d.mail(ctx)
	d.captcha(ctx)
	d.origins()
	if d.unwell {
		return ErrUnwell
	}
	return nil
}

func (d *doctor) ok(about, format string, args ...any)   { d.say("ok  ", about, format, args) }
func (d *doctor) warn(about, format string, args ...any) { d.say("warn", about, format, args) }

func (d *doctor) fail(about, format string, args ...any) {
	d.unwell = true
	d.say("FAIL", about, format, args)
}

func (d *doctor) say(verdict, about, format string, args []any) {
	fmt.Fprintf(d.out, "%s  %s: %s\n", verdict, about, fmt.Sprintf(format, args...))
}

// secrets reads those that were made before, and makes none.
func (d *doctor) secrets() {
	_, err := os.Stat(filepath.Join(d.DataDir(), config.SecretsFile))
	given := d.Auth.AccessSecret != "" && d.Auth.RefreshSecret != "" && d.Otp.Pepper != ""
	if !given && errors.Is(err, fs.ErrNotExist) {
		d.ok("secrets", "the missing ones will be made at the first start, in %s", d.DataDir())
		return
	}
	if err := d.FillSecrets(strings.NewReader("")); err != nil {
		d.fail("secrets", "%v", err)
		return
	}
	d.ok("secrets", "there, long enough and all different")
}

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
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: d.DataSource, MaxConns: 1})
	if err == nil {
		defer db.Close()
		err = db.Ping(ctx)
	}
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	d.ok(about, "%s answers", db.Dialect)
	if pending, err := store.MigrationsPending(ctx, db, migrations.FS); err != nil {
		d.fail("migrations", "%v", err)
	} else if pending && d.Migrate == "off" {
		d.fail("migrations", "pending or broken off, and Migrate is off: a node with Migrate: auto must run them")
	} else if pending {
		d.warn("migrations", "pending: the next start runs them")
	} else {
		d.ok("migrations", "up to date")
		d.proxies(ctx, model.NewTokenModel(db.Conn))
	}
	d.clock(ctx, db)
}

func (d *doctor) clock(ctx context.Context, db *store.DB) {
	if db.Dialect == store.SQLite {
		return // has this process's
	}
	var theirs time.Time
	if err := db.SQL.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(6)").Scan(&theirs); err != nil {
		d.fail("clock", "the database does not tell its time: %v", err)
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
		d.ok(about, "too few sessions to tell whether a proxy hides them")
	case len(counts) == 1 && inside:
		d.warn(about, "everyone seems to come from %s: set TrustedProxies", addr)
	default:
		d.ok(about, "%d in the last %d sessions", len(counts), len(ips))
	}
}

func (d *doctor) redis(ctx context.Context) {
	const about = "Redis"
	if len(d.CacheRedis) == 0 {
		d.ok(about, "runs inside the process")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := store.OpenRedis(ctx, store.RedisOptions{Nodes: svc.RedisNodes(d.Config), Now: d.now})
	if err == nil {
		defer r.Close()
		err = r.Ping(ctx)
	}
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	d.ok(about, "answers")
	memory, err1 := r.Client.Info(ctx, "memory").Result()
	persistence, err2 := r.Client.Info(ctx, "persistence").Result()
	if errors.Join(err1, err2) != nil {
		d.warn(about, "does not tell its settings: see that it has maxmemory-policy noeviction and appendonly yes")
		return
	}
	if policy := field(memory, "maxmemory_policy"); policy == "noeviction" {
		d.ok(about, "evicts nothing")
	} else {
		d.warn(about, "maxmemory-policy is %s: when full it forgets limits, codes and ended sessions; set noeviction", policy)
	}
	if field(persistence, "aof_enabled") == "1" {
		d.ok(about, "keeps an append-only file")
	} else {
		d.warn(about, "has no append-only file: a restart loses codes under way and every count; set appendonly yes")
	}
}

// field reads a line of INFO.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "not told"
}

func (d *doctor) messages() {
	switch d.Sms.Provider {
	case config.ProviderTwilio:
		d.ok("text messages", "by Twilio, whose credentials have the right shape; it was not asked")
	default:
		d.warn("text messages", "none is sent: Sms.Provider is %s", d.Sms.Provider)
	}
	if len(d.Sms.AllowedRegions) == 0 {
		d.warn("countries", "all are open, and each is a bill somebody else can run up: set Sms.AllowedRegions")
	} else {
		d.ok("countries", "codes go to %s", strings.Join(d.Sms.AllowedRegions, ", "))
	}
	for _, t := range d.Otp.TestIdentities {
		if ends := t.Ends(); ends.IsZero() || d.now().Before(ends) {
			d.warn("test identities", "one code that is known beforehand works%s", until(t.Until))
		}
	}
}

func until(day string) string {
	if day == "" {
		return ", without an end"
	}
	return " until " + day
}

// captcha sends a bogus token: a provider that refuses only the token has accepted
// the keys.
func (d *doctor) captcha(ctx context.Context) {
	const about = "captcha"
	verifier, err := svc.NewCaptcha(d.Captcha)
	switch {
	case err != nil:
		d.fail(about, "%v", err)
		return
	case verifier == nil:
		d.ok(about, "off")
		return
	}
	switch taken, err := verifier.Verify(ctx, captcha.BogusToken(d.Captcha.Provider), "", netip.Addr{}); {
	case err != nil:
		d.fail(about, "%v", err)
	case taken:
		d.warn(about, "%s takes any token: it does not answer, or the secret is one for tests", d.Captcha.Provider)
	default:
		d.ok(about, "%s answers and takes the secret", d.Captcha.Provider)
	}
}

func (d *doctor) origins() {
	switch {
	case len(d.Cors.Origins) == 0:
		d.ok("CORS", "no page of another origin may call")
	case len(d.Cors.Origins) == 1 && d.Cors.Origins[0] == "*":
		d.warn("CORS", "pages of every origin may call")
	default:
		d.ok("CORS", "pages of %s may call", strings.Join(d.Cors.Origins, ", "))
	}
}
