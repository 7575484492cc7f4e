// Package kit runs the whole service inside a test: every route over HTTP, with its own
// stores and a clock that the test controls. It records every secret that the service
// issues. At the end of a suite the log and the stores are searched for these secrets.
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

// The store backends that every scenario runs on.
const (
	Embedded Backend = "embedded" // SQLite and the Redis inside
	Real     Backend = "real"     // MariaDB and Redis
)

// generousLimits raises the rate limits, because all requests of a scenario come from one
// client address.
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

// RealHashes hashes passwords as in production, for scenarios that test hashing. All others
// use cheap hashes, because real ones would take most of their time.
const RealHashes Option = "# RealHashes"

// cheapHashes take a thousandth of the time of real hashes.
var cheapHashes = password.Params{Memory: 64, Time: 1}

// ShippedTimes are the default timeouts, for scenarios in which a store does not answer. All
// others use longer timeouts, because the machine may be busy.
const (
	ShippedTimes Option = "Timeout: 5\nRedis: {DialTimeout: 1, ReadTimeout: 0}\nDatabase: {DialTimeout: 2, ReadTimeout: 3}\n"
	ampleTimes   Option = "Timeout: 15\nRedis: {DialTimeout: 6, ReadTimeout: 6}\nDatabase: {DialTimeout: 9, ReadTimeout: 9}\n"
	crowdedTimes Option = "Timeout: 30\nRedis: {DialTimeout: 10, ReadTimeout: 10}\nDatabase: {DialTimeout: 10, ReadTimeout: 18}\n"
)

type (
	// Backend names a database and a Redis.
	Backend string

	// Option changes the configuration of an App. It is YAML at the top level.
	Option string

	// Stores holds the address of a real Redis and the DSN of a real database.
	Stores struct{ Redis, DataSource string }

	// App is a running service.
	App struct {
		Backend Backend
		URL     string
		Clock   *testkit.Clock
		Config  config.Config
		// DataSource and Redis are the App's stores.
		DataSource string
		Redis      *testkit.Redis
		// Blobs is the folder of blobs, unless an option names another one.
		Blobs string
		// RedisLine and DBLine connect the service to real stores. They are nil for the
		// embedded backend.
		RedisLine, DBLine *Line
		Service           *svc.ServiceContext

		t    testing.TB
		stop func()
		// listener is where the App listens. If it is nil, the App uses a free port.
		listener net.Listener
		// options configure the service. Now defaults to Clock, and the hashes to
		// cheapHashes.
		options svc.Options
	}
)

// New starts an App. When the test ends, New stops the App and checks its keys in Redis.
func New(t testing.TB, backend Backend, options ...Option) *App {
	t.Helper()
	onlyRaced(t)
	if backend == Real {
		return Behind(t, func(s Stores) Stores { return s }, options...)
	}
	return At(t, nil, options...)
}

// At is like New with the embedded backend, for a configuration that contains the App's own
// address. The App listens on l and closes it.
func At(t testing.TB, l net.Listener, options ...Option) *App {
	t.Helper()
	a := &App{Backend: Embedded, t: t, Redis: testkit.EmbeddedRedis(t), Blobs: t.TempDir(), DataSource: "sqlite:" + t.TempDir() + "/user.db", listener: l}
	a.begin(options)
	return a
}

// Behind is like New with real stores, which the App reaches through proxies. Given the
// stores, by returns the addresses of the proxies.
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

// begin starts the first node.
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

// BesideOff starts a node on the same stores. The clock of its machine differs from the real
// time by d.
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

// Stop shuts the node down as SIGTERM would, before the test ends.
func (a *App) Stop() { a.stop() }

// Advance advances the clocks of the service and of its Redis.
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

// listen serves on a.listener or, if it is nil, on a free port.
func (a *App) listen(handler http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(handler)
	if a.listener != nil {
		s.Listener.Close()
		s.Listener = a.listener
	}
	s.Start()
	return s
}

// yaml merges the options into the test configuration. Codes have ten digits, so that one
// cannot appear in a log by chance.
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
