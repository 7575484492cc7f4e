package process

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/captcha/captchatest"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
)

var wrongs = []wrong{
	{"an unknown key", false, lineOf("MaxCons: 1"), "MaxCons: unknown key"},
	{"no mode", false, lineOf("mode: dev"), "Mode: is not set, and the default is pro"},
	{"MySQL in clear", true, lineOf("DataSource: app:Zq8pwVt3Lk0@tcp(db.example:3306)/userdb"), "DataSource: must have tls=true in pro"},
	{"the inbox", true, lineOf("Email: {Provider: inbox}"), "Email.Provider: must not be inbox in pro"},
	{"half the Internet as a proxy, twice", true, lineOf("TrustedProxies: [0.0.0.0/1, 128.0.0.0/1]"), "TrustedProxies[1]: must not be wider"},
	{"profiles for everybody", true, lineOf("DevServer: {Host: 0.0.0.0, Pprof: true}"), "DevServer.Pprof: must not be true in pro"},
	{"the key of a tutorial", true, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "ACCESS_SECRET=ad879037-c7a4-4063-9236-6bfc35d54b7d")
		return ""
	}, "Auth.AccessSecret: must be random"},
	{"a secret with a line break", false, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "ACCESS_SECRET="+newSecret()+"\n")
		return ""
	}, "Auth.AccessSecret: must not begin or end with white space"},
	{"a database with a line break", false, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "DATA_SOURCE=sqlite:data/user.db\n")
		return ""
	}, "DataSource: must not begin or end with white space"},
	{"a port in use", false, func(t *testing.T, _ *home) string { return fmt.Sprintf("Port: %d", taken(t)) }, "Port: cannot be used"},
	{"the port of the dev server in use", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("DevServer: {Port: %d}", taken(t))
	}, "DevServer.Port: cannot be used"},
	{"a Redis that evicts", true, func(t *testing.T, _ *home) string {
		redis := testkit.RealRedis(t)
		redis.Client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru")
		return fmt.Sprintf("SingleNode: false\nCacheRedis: [{Host: %q}]", redis.Addr)
	}, "noeviction"},
	{"no certificate", false, lineOf("CertFile: nope.crt\nKeyFile: nope.key"), "CertFile and KeyFile: open nope.crt: no such file"},
	{"the key of another certificate", false, func(t *testing.T, h *home) string { return pair(t, h, 0o600, time.Now().Add(time.Hour), true) }, "private key does not match public key"},
	{"a key that others can read", false, func(t *testing.T, h *home) string { return pair(t, h, 0o644, time.Now().Add(time.Hour), false) }, "KeyFile: key can be read by others (mode 0644)"},
	{"a language that nobody has written", false, lineOf("Delivery: {Languages: [en, tlh]}"), `there are no texts in "tlh"`},
	{"no folder of texts", false, lineOf("Delivery: {Texts: nowhere}"), "nowhere"},
	{"a test identity that nobody can ask for", false, lineOf("Sms: {AllowedRegions: [IN]}\nOtp: {TestIdentities: [{To: '+15005550006', Code: '123456'}]}"), "Otp.TestIdentities[0].To: no code can be asked for it"},
	{"a test identity for ever", true, lineOf("Otp: {TestIdentities: [{To: a@example.com, Code: '123456', Until: 9999-12-31, Clients: [10.0.0.0/8]}]}"), "Otp.TestIdentities[0].Until: must be at most 90 days ahead"},
	{"a price of nowhere", false, lineOf("RateLimit: {Prices: [ZZ=0.05]}"), "RateLimit.Prices"},
	{"a data folder that is a file", false, func(t *testing.T, h *home) string {
		return file("notes", "x", 0o600)(t, h) + "DataSource: sqlite:notes/user.db"
	}, "notes"},
	{"a database that others can read", false, file("data/user.db", "", 0o644), "user.db can be read by others (mode 0644)"},
	{"a journal that others can read", false, file("data/redis.journal", "", 0o640), "redis.journal can be read by others (mode 0640)"},
	{"secrets that others can read", false, file("data/secrets.json", "{}", 0o644), "secrets.json can be read by others (mode 0644)"},
	{"damaged secrets", false, file("data/secrets.json", "{}", 0o600), "secrets.json is damaged"},
	{"a damaged journal", false, file("data/redis.journal", "what is this, please?", 0o600), "redis journal"},
	{"a file that is no database", false, file("data/user.db", strings.Repeat("what is this, please? ", 100), 0o600), "file is not a database"},
	{"no database", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("DataSource: app:Zq8pwVt3Lk0@tcp(127.0.0.1:%d)/userdb", testkit.FreePort(t))
	}, "connection refused"},
	{"two secrets that are one", false, func(_ *testing.T, h *home) string {
		secret := newSecret()
		h.env = append(h.env, "ACCESS_SECRET="+secret, "REFRESH_SECRET="+secret)
		return ""
	}, "Auth.RefreshSecret: must differ from Auth.AccessSecret"},
	{"no file of a secret", false, given("ACCESS_SECRET_FILE=nowhere/access"), "Auth.AccessSecret: ACCESS_SECRET_FILE: nowhere/access cannot be read: no such file"},
	{"a file of a secret that ends in a line break", false, func(t *testing.T, h *home) string {
		h.env = append(h.env, "PREV_OTP_PEPPER_FILE=data/pepper")
		return file("data/pepper", newSecret()+"\n", 0o600)(t, h)
	}, "Otp.PrevPepper: PREV_OTP_PEPPER_FILE: data/pepper must not begin or end with white space or a line break"},
	{"a secret that is given twice", false, given("SMTP_PASSWORD=Zq8pwVt3Lk0", "SMTP_PASSWORD_FILE=smtp"), "Email.Smtp.Password: is given by both SMTP_PASSWORD and SMTP_PASSWORD_FILE"},
	{"a broken file of texts", false, func(t *testing.T, h *home) string {
		return file("data/en.yaml", "sms: [", 0o600)(t, h) + "Delivery: {Texts: data}"
	}, "Delivery.Texts"},
	{"an app's name that is too long", false, lineOf("Delivery: {AppName: " + strings.Repeat("a long name ", 20) + "x}"), "Delivery.AppName: must have at most"},
	{"a DKIM key that is none", false, lineOf("Email: {Provider: smtp, Smtp: {Host: 127.0.0.1, Port: 25, From: a@example.com, Tls: none}, Dkim: {Domain: example.com, Selector: mail, Key: Zq8pwVt3Lk0}}"), "Email.Dkim.Key: must be an RSA key"},
	{"a data folder that nobody can write", false, func(_ *testing.T, h *home) string {
		h.withSecrets(newSecret(), newSecret(), newSecret())
		return "DataSource: sqlite:/proc/user.db"
	}, "data folder: /proc cannot be written"},
	{"no place for the secrets", false, func(t *testing.T, h *home) string {
		if err := os.WriteFile(h.path("data"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("DataSource: %q\nCacheRedis: [{Host: %q}]", testkit.MySQL(t), testkit.StartRedisServer(t))
	}, "open data/secrets.json: not a directory"},
	{"a place for the secrets that takes no file", false, func(t *testing.T, h *home) string {
		if err := os.Symlink("/proc", h.path("data")); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("DataSource: %q\nCacheRedis: [{Host: %q}]", testkit.MySQL(t), testkit.StartRedisServer(t))
	}, "no such file or directory"},
	{"a file of spans that cannot be written", false, lineOf("Telemetry: {Batcher: file, Endpoint: nowhere/spans}"), "Telemetry.Endpoint: telemetry: open nowhere/spans: no such file"},
	{"another password of the database", false, func(t *testing.T, _ *home) string {
		conf, err := mysql.ParseDSN(testkit.MySQLUser(t, testkit.MySQL(t), "ALL"))
		if err != nil {
			t.Fatal(err)
		}
		conf.Passwd = "Zq8pwVt3Lk0"
		return fmt.Sprintf("DataSource: %q", conf.FormatDSN())
	}, "Access denied for user"},
	{"a server without the database", false, func(t *testing.T, _ *home) string {
		conf, err := mysql.ParseDSN(testkit.MySQL(t))
		if err != nil {
			t.Fatal(err)
		}
		conf.DBName += "_not"
		return fmt.Sprintf("DataSource: %q", conf.FormatDSN())
	}, "Unknown database"},
	{"a database whose user may make no table", false, onDatabase("SELECT, INSERT, UPDATE, DELETE", "", false), "CREATE command denied to user"},
	{"a table of somebody else's", false, onDatabase("ALL", "", false, "CREATE TABLE `user` (name TEXT)"), "migrate: 000001_create-user.up.sql"},
	{"a data folder in use", false, func(t *testing.T, h *home) string {
		h.start(t)
		return ""
	}, "in use by another process"},
}

// unwells are configurations with which the service starts, because the missing part may
// come back or belongs to another service; doctor fails them all the same.
var unwells = []wrong{
	{"a Redis with another password", false, onRedis("node", "CONFIG", "SET", "requirepass", "Zq8pwVt3Lk0"), "Redis: store: redis: NOAUTH"},
	{"a Redis that is full", false, onRedis("node", "CONFIG", "SET", "maxmemory", "1"), "Redis: responds, but cannot be written: "},
	{"a Redis that is none of a cluster", false, onRedis("cluster"), "Redis: "},
	{"no Redis", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("CacheRedis: [{Host: '127.0.0.1:%d'}]", testkit.FreePort(t))
	}, "Redis: store: redis: dial tcp"},
	{"a database whose user may not write", false, onDatabase("SELECT", "", true), "database: cannot write a row: "},
	{"tables that nobody makes", false, onDatabase("ALL", "Migrate: \"off\"", false), "migrations: 0 of "},
	{"a migration that has broken off", false, onDatabase("ALL", "Migrate: \"off\"", true, "UPDATE schema_migrations SET dirty = 1"), "the last one is running or was interrupted"},
	{"a mail server that is not there", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("Email: {Provider: smtp, Smtp: {Host: 127.0.0.1, Port: %d, From: a@example.com, Tls: none}}", testkit.FreePort(t))
	}, "email: 127.0.0.1 port"},
	{"a Twilio that does not know us", false, func(t *testing.T, _ *home) string {
		const account = "AC0123456789abcdef0123456789abcdef"
		return fmt.Sprintf("Sms: {Provider: twilio, Twilio: {AccountSid: %s, AuthToken: Zq8pwVt3Lk0, From: '+15005550006', BaseUrl: %q}}",
			account, twiliotest.New(t, account, account, "another").URL)
	}, "Twilio: permanent: provider_credentials (20003)"},
	{"a captcha with another secret", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("Captcha: {Provider: turnstile, SiteKey: %s, Secret: Zq8pwVt3Lk0, VerifyUrl: %q}", captchatest.SiteKey, captchatest.New(t, "turnstile").URL)
	}, "captcha: "},
}
