// Package config reads, completes and judges the configuration.
//
// A field's json tag carries its default, whether it may be left out, and the
// environment variable that wins over the file, spelled as go-zero spells them.
// The file is nevertheless decoded here and not by go-zero's conf package: conf
// ignores unknown keys, matches keys in any case and stops at its first error,
// whereas an operator is to be told every problem at once, with the key's path
// and the rule it breaks.
//
// Every field with `env=` is a secret: no String, log line, JSON or error made
// here shows its value.
package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The modes. ModePro refuses whatever is only good for trying things out.
const (
	ModeDev  = "dev"
	ModeTest = "test"
	ModePro  = "pro"
)

// SQLitePrefix begins a DataSource that is a SQLite file; any other is a MySQL DSN.
const SQLitePrefix = "sqlite:"

type (
	// Config is the whole configuration. docs/configuration.md has a row for
	// every key.
	Config struct {
		// Name is the service's name in logs and metrics.
		Name string `json:",default=user-api"`
		// Host is the address to listen on; IPv6 in brackets, as go-zero
		// appends the port as it is.
		Host string `json:",default=127.0.0.1"`
		// Port is the TCP port to listen on, 1 to 65535.
		Port int `json:",default=8888"`
		// Mode is dev, test or pro. Left out it is pro, so that nothing is
		// open because a line was forgotten.
		Mode string `json:",default=pro"`
		// DataSource is "sqlite:" and a file, or a MySQL DSN.
		DataSource string `json:",default=sqlite:data/user.db,env=DATA_SOURCE"`
		// Migrate is auto (at start, one process at a time) or off.
		Migrate string `json:",default=auto"`
		// CacheRedis is one Redis or the seeds of one cluster; empty means
		// that Redis runs inside the process.
		CacheRedis []RedisNode `json:",optional"`
		// SingleNode says that this one process is the whole service, so that pro
		// takes the Redis inside it.
		SingleNode bool `json:",optional"`
		Database   Database
		Redis      Redis
		Insecure   Insecure
		Auth       Auth
		Otp        Otp
		Privacy    Privacy
		Sms        Sms
		Email      Email
		Accounts   Accounts
		Passwords  Passwords
		Reset      Reset
		Mfa        Mfa
		RateLimit  RateLimit
		Audit      Audit
		Stats      Stats
		Delivery   Delivery
		Notices    Notices
		// TrustedProxies are the networks (CIDR) whose X-Forwarded-For, X-Request-Id
		// and Traceparent are believed.
		TrustedProxies []string `json:",optional"`
		Cors           Cors
		Captcha        Captcha
		// Timeout bounds one request, 1 to 30 s.
		Timeout Seconds `json:",default=5"`
		// IdleTimeout is how long a connection is kept open for the next request, 1 to
		// 3600 s. It must be longer than a balancer in front keeps its own: who closes
		// one just as the other uses it again loses a request. 60 s are usual there.
		IdleTimeout Seconds `json:",default=90"`
		// Drain is for how long readiness is off before the listener closes, 0 to 60
		// s: longer than a balancer needs to see it.
		Drain Seconds `json:",default=3"`
		// MaxConns bounds the requests served at once.
		MaxConns int `json:",default=10000"`
		// CertFile and KeyFile (PEM) make the server speak TLS; both or neither.
		CertFile  string `json:",optional"`
		KeyFile   string `json:",optional"`
		Log       Log
		DevServer DevServer
		Telemetry Telemetry
		Inbox     Inbox
		Blobs     Blobs
		Passkeys  Passkeys
		// Webhooks are the endpoints that are told what happens to users.
		Webhooks []Webhook `json:",optional"`
		Social   Social
		Web      Web
	}

	// Seconds is a duration in whole seconds, the unit of every duration here.
	Seconds int64
)

// Load reads the file and the environment. The error lists every problem, one
// per line; see Problems.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	conf, err := Parse(text, os.Getenv)
	if err != nil {
		return Config{}, fmt.Errorf("config: %s:\n%w", path, err)
	}
	return conf, nil
}

// Parse reads one YAML document; env looks up an environment variable and gives
// "" for one that is not set. The error is of type Problems, and the Config is
// then the zero one.
func Parse(text []byte, env func(string) string) (Config, error) {
	var conf Config
	problems, modeless, ok := decode(text, env, &conf)
	if ok {
		problems.join(conf.problems())
	}
	if len(problems) > 0 && ok && modeless {
		problems = slices.Insert(problems, 0, Problem{Key: "Mode", Rule: "is not given, and the default is pro, which is strict: set Mode: dev to try things out"})
	}
	if len(problems) > 0 {
		return Config{}, problems
	}
	return conf, nil
}

// DataDir is the folder for what the process keeps for itself: the one of the
// SQLite file, else "data".
func (c Config) DataDir() string {
	if file, ok := strings.CutPrefix(c.DataSource, SQLitePrefix); ok {
		return filepath.Dir(file)
	}
	return "data"
}

// ProxyPrefixes gives TrustedProxies as networks, each in its canonical form.
func (c Config) ProxyPrefixes() []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, cidr := range c.TrustedProxies {
		if p, err := netip.ParsePrefix(cidr); err == nil {
			prefixes = append(prefixes, p.Masked())
		}
	}
	return prefixes
}

// Duration converts to the standard library's type.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }
