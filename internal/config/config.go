// Package config reads, completes and validates the configuration.
//
// The json tag of a field holds its default, whether it is optional, and the environment
// variable that overrides the file, in go-zero's syntax. The file is nevertheless decoded
// here and not by go-zero's conf package, which ignores unknown keys, matches keys
// case-insensitively and stops at its first error. Operators should see all problems at
// once, each with its key and the violated rule.
//
// Every field with `env=` is a secret: no String, log line, JSON or error of this package
// shows its value.
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

// The values of Mode. ModePro refuses settings that are only suitable for development.
const (
	ModeDev  = "dev"
	ModeTest = "test"
	ModePro  = "pro"
)

// SQLitePrefix is the prefix of a DataSource that is a SQLite file; any other DataSource is
// a MySQL DSN.
const SQLitePrefix = "sqlite:"

type (
	// Config is the whole configuration. docs/configuration.md documents every key.
	Config struct {
		// Name is the service name in logs and metrics.
		Name string `json:",default=user-api"`
		// Host is the address to listen on. IPv6 addresses need brackets, because go-zero
		// appends the port unchanged.
		Host string `json:",default=127.0.0.1"`
		// Port is the TCP port to listen on, 1 to 65535.
		Port int `json:",default=8888"`
		// Mode is dev, test or pro. The default is pro, so that a forgotten line does not
		// open anything.
		Mode string `json:",default=pro"`
		// DataSource is "sqlite:" followed by a file name, or a MySQL DSN.
		DataSource string `json:",default=sqlite:data/user.db,env=DATA_SOURCE"`
		// Migrate is auto (at start, one process at a time) or off.
		Migrate string `json:",default=auto"`
		// CacheRedis is one Redis server or the seeds of one cluster; empty means Redis
		// runs inside the process.
		CacheRedis []RedisNode `json:",optional"`
		// SingleNode declares that this process is the only node, so that pro accepts the
		// embedded Redis.
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
		// TrustedProxies lists the networks (CIDR) whose X-Forwarded-For, X-Request-Id and
		// Traceparent headers are trusted.
		TrustedProxies []string `json:",optional"`
		Cors           Cors
		Captcha        Captcha
		// Timeout limits one request, 1 to 30 s.
		Timeout Seconds `json:",default=5"`
		// IdleTimeout is how long an idle connection is kept open, 1 to 3600 s. It must be
		// longer than the idle timeout of a load balancer, usually 60 s: a request is lost
		// when one side closes a connection just as the other reuses it.
		IdleTimeout Seconds `json:",default=90"`
		// Drain is how long readiness is off before the listener closes, 0 to 60 s. It must
		// be longer than a load balancer needs to notice.
		Drain Seconds `json:",default=3"`
		// MaxConns limits the concurrent requests.
		MaxConns int `json:",default=10000"`
		// CertFile and KeyFile (PEM) enable TLS; set both or neither.
		CertFile  string `json:",optional"`
		KeyFile   string `json:",optional"`
		Log       Log
		DevServer DevServer
		Telemetry Telemetry
		Inbox     Inbox
		Blobs     Blobs
		Passkeys  Passkeys
		// Webhooks lists the endpoints that are notified about changes to users.
		Webhooks []Webhook `json:",optional"`
		Social   Social
		Web      Web
	}

	// Seconds is a duration in whole seconds, the unit of all durations here.
	Seconds int64
)

// Load reads the file and the environment. The error lists all problems, one per line; see
// Problems.
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

// Parse decodes one YAML document. env returns the value of an environment variable, or ""
// if it is not set. The error is of type Problems, and the Config is then the zero value.
func Parse(text []byte, env func(string) string) (Config, error) {
	var conf Config
	problems, modeless, ok := decode(text, env, &conf)
	if ok {
		problems.join(conf.problems())
	}
	if len(problems) > 0 && ok && modeless {
		problems = slices.Insert(problems, 0, Problem{Key: "Mode", Rule: "is not set, and the default is pro, which is strict: set Mode: dev for development"})
	}
	if len(problems) > 0 {
		return Config{}, problems
	}
	return conf, nil
}

// DataDir returns the directory for the process's own files: the one of the SQLite file, or
// "data".
func (c Config) DataDir() string {
	if file, ok := strings.CutPrefix(c.DataSource, SQLitePrefix); ok {
		return filepath.Dir(file)
	}
	return "data"
}

// ProxyPrefixes returns TrustedProxies as networks in canonical form.
func (c Config) ProxyPrefixes() []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, cidr := range c.TrustedProxies {
		if p, err := netip.ParsePrefix(cidr); err == nil {
			prefixes = append(prefixes, p.Masked())
		}
	}
	return prefixes
}

// Duration converts s to a time.Duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }
