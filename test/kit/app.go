// Package kit runs the whole service inside a test: every route over HTTP, on
// stores of the test's own, by a clock the test drives. Whatever secret the
// service gives out is remembered, so that at the end of a suite its log and its
// stores can be searched for every one of them.
package kit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"

	"user-api/internal/config"
	"user-api/internal/password"
	"user-api/internal/server"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// The pairs of stores every scenario runs on.
const (
	Embedded Backend = "embedded" // SQLite and the Redis inside
	Real     Backend = "real"     // MariaDB and Redis
)

// generousLimits are for scenarios that all come from one client address.
const generousLimits Option = `
RateLimit:
  Send: {Client: 100000/3600, Block: 1000/600}
  Verify: {Client: 100000/300}
  Password: {Account: 1000/900, Client: 100000/3600, Attempts: 100000/3600}
  Refresh: {Client: 100000/60}
  Register: {Client: 100000/3600}
  Captcha: {Client: 100000/3600, Demands: 100000/300}
  Lookup: {Client: 100000/300}
  User: {Rename: 1000/3600, Acts: 1000/600, Refused: 10000/600}
  Avatar: {User: 1000/3600, Client: 100000/3600}
  Share: {Network: 100, Provider: 100, Number: 100, Captcha: 100, Known: 0}
`

// RealHashes has passwords hashed as in production, for scenarios about that. Others
// have hashes that take no time, which would be most of theirs.
const RealHashes Option = "# RealHashes"

// cheapHashes take a thousandth of a real one's time.
var cheapHashes = password.Params{Memory: 64, Time: 1}

// ShippedTimes are the limits of time of a configuration that leaves them out, for
// scenarios of stores that do not answer. Others have time, as a machine may have
// other work.
const (
	ShippedTimes Option = "Timeout: 5\nRedis: {DialTimeout: 1, ReadTimeout: 0}\nDatabase: {DialTimeout: 2, ReadTimeout: 3}\n"
	ampleTimes   Option = "Timeout: 15\nRedis: {DialTimeout: 6, ReadTimeout: 6}\nDatabase: {DialTimeout: 9, ReadTimeout: 9}\n"
	crowdedTimes Option = "Timeout: 30\nRedis: {DialTimeout: 10, ReadTimeout: 10}\nDatabase: {DialTimeout: 10, ReadTimeout: 18}\n"
)

type (
	// Backend names a pair of stores.
	Backend string

	// Option changes the configuration of an App: lines of YAML, at the top level.
	Option string

	// Stores are where a real pair of stores is found: Redis by its address, the
	// database by its DSN.
	Stores struct{ Redis, DataSource string }

	// App is one running service.
	App struct {
		Backend Backend
		URL     string
		Clock   *testkit.Clock
		Config  config.Config
		// DataSource and Redis lead to the App's stores.
		DataSource string
		Redis      *testkit.Redis
		// Blobs is the folder of blobs, where no option names another place.
		Blobs string
		// RedisLine and DBLine lead from the service to real stores; nil else.
		RedisLine, DBLine *Line
		Service           *svc.ServiceContext

		t    testing.TB
		stop func()
		// listener is where the App listens; nil is a free port.
		listener net.Listener
		// options are for the service; without a Now it goes by Clock, and without
		// RealHashes by cheap ones.
		options svc.Options
	}
)

// New starts an App that ends with the test, and then checks what it leaves in
// Redis.
func New(t testing.TB, backend Backend, options ...Option) *App {
	t.Helper()
	onlyRaced(t)
	if backend == Real {
		return Behind(t, func(s Stores) Stores { return s }, options...)
	}
	return At(t, nil, options...)
}

// At is New on the stores inside the process, for an App whose address its configuration
// has to name: it listens on l, which it closes.
func At(t testing.TB, l net.Listener, options ...Option) *App {
	t.Helper()
	a := &App{Backend: Embedded, t: t, Redis: testkit.EmbeddedRedis(t), Blobs: t.TempDir(), DataSource: "sqlite:" + t.TempDir() + "/user.db", listener: l}
	a.begin(options)
	return a
}

// Behind is New on real stores that are reached by way of others, such as proxies:
// those that by returns, given the stores themselves.
func Behind(t testing.TB, by func(Stores) Stores, options ...Option) *App {
	t.Helper()
	onlyRaced(t)
	a := &App{Backend: Real, t: t, Redis: testkit.RealRedis(t), Blobs: t.TempDir()}
	found := by(Stores{Redis: a.Redis.Addr, DataSource: testkit.MigratedMySQL(t)})
	a.RedisLine = NewLine(t, found.Redis)
	conf, err := mysql.ParseDSN(found.DataSource)
	if err != nil {
		t.Fatal(err)
	}
	a.DBLine = NewLine(t, conf.Addr)
	conf.Addr = a.DBLine.Addr()
	a.DataSource = conf.FormatDSN()
	a.begin(options)
	return a
}

// begin starts the first node on the stores.
func (a *App) begin(options []Option) {
	a.t.Helper()
	a.Clock = a.Redis.Clock
	a.t.Cleanup(func() { a.searchRedis() }) // when the service has ended
	a.start(options)
}

// Beside starts a second node on the same stores and clock.
func (a *App) Beside(options ...Option) *App {
	a.t.Helper()
	b := &App{
		Backend: a.Backend, t: a.t, Redis: a.Redis, DataSource: a.DataSource, Clock: a.Clock,
		RedisLine: a.RedisLine, DBLine: a.DBLine, Blobs: a.Blobs,
	}
	b.start(append([]Option{Option(secretsOf(a.Config))}, options...))
	return b
}

// BesideOff starts a node on the same stores whose machine's clock is off by d from the
// real time.
func (a *App) BesideOff(d time.Duration, options ...Option) *App {
	a.t.Helper()
	b := &App{
		Backend: a.Backend, t: a.t, Redis: a.Redis, DataSource: a.DataSource, Clock: a.Clock,
		RedisLine: a.RedisLine, DBLine: a.DBLine, Blobs: a.Blobs,
		options: svc.Options{Now: func() time.Time { return time.Now().Add(d) }, ByDatabase: true},
	}
	b.start(append([]Option{Option(secretsOf(a.Config))}, options...))
	return b
}

// Stop ends the node before the test does, as SIGTERM would.
func (a *App) Stop() { a.stop() }

// Advance lets time pass for the service and its Redis.
func (a *App) Advance(d time.Duration) {
	a.t.Helper()
	a.Redis.Advance(a.t, d)
}

func (a *App) start(options []Option) {
	a.t.Helper()
	setUpLog()
	if a.options.Now == nil {
		a.options.Now, a.options.DatabaseNow = a.Clock.Now, a.Clock.Now
	}
	if !slices.Contains(options, RealHashes) {
		a.options.Hashes = cheapHashes
	}
	var err error
	if a.Config, err = config.Parse([]byte(a.yaml(options)), func(string) string { return "" }); err != nil {
		a.t.Fatal(err)
	}
	if a.Service, err = svc.NewServiceContext(context.Background(), a.Config, a.options); err != nil {
		a.t.Fatal(err)
	}
	web, err := server.New(a.Service)
	if err != nil {
		a.t.Fatal(err)
	}
	handler, err := web.Handler()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := a.Service.Start(); err != nil {
		a.t.Fatal(err)
	}
	listener := a.listen(a.judged(handler))
	a.URL = listener.URL
	for _, secret := range []string{
		a.Config.Auth.AccessSecret, a.Config.Auth.RefreshSecret, a.Config.Otp.Pepper, a.Config.Privacy.PseudonymKey,
	} {
		remember(secret)
	}
	a.stop = sync.OnceFunc(func() {
		a.Service.Drain() // or requests that are held would hold it up
		listener.Close()
		if err := a.Service.Close(); err != nil {
			a.t.Errorf("close: %v", err)
		}
	})
	a.t.Cleanup(a.stop)
}

// listen serves on a.listener, or on a free port.
func (a *App) listen(handler http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(handler)
	if a.listener != nil {
		s.Listener.Close()
		s.Listener = a.listener
	}
	s.Start()
	return s
}

// yaml merges the options over a configuration for tests. Codes have ten digits,
// so that a code in a log is no coincidence.
func (a *App) yaml(options []Option) string {
	options = append([]Option{
		Option("Mode: test\nDataSource: \"" + a.DataSource + "\"\n" + a.redisYAML()),
		Option(fmt.Sprintf("Blobs: {Dir: %q}\n", a.Blobs)),
		"Otp: {Length: 10}\nDevServer: {Enabled: false}\n",
		generousLimits,
		ampleTimes,
		Option(newSecrets()),
	}, options...)
	return merge(a.t, options)
}

func (a *App) redisYAML() string {
	o := a.Redis.Client.(*redis.Client).Options()
	if a.RedisLine != nil {
		return fmt.Sprintf("CacheRedis: [{Host: %q}]\n", a.RedisLine.Addr())
	}
	return fmt.Sprintf("CacheRedis: [{Host: %q}]\n", o.Addr)
}
