package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
	"user-api/internal/testkit"
)

// Pro refuses unencrypted connections and open access; dev accepts the same configuration.
func TestPro_clear(t *testing.T) {
	type conf = config.Config
	const dsn = "app:Zq8pwVt3@tcp(db:3306)/userdb"
	const noTLS = "DataSource: must have tls=true in pro, because its server is another host (or Insecure.Stores be true)"
	source := func(text string) func(*conf) { return func(c *conf) { c.DataSource = text } }
	redis := func(n config.RedisNode) func(*conf) {
		return func(c *conf) { n.Type = "node"; c.CacheRedis = []config.RedisNode{n} }
	}
	insecure := func(change func(*conf)) func(*conf) {
		return func(c *conf) { change(c); c.Insecure.Stores = true }
	}
	for _, tt := range []struct {
		name   string
		change func(*conf)
		want   string
	}{
		{"MySQL without tls", source(dsn), noTLS},
		{"MySQL with tls=false", source(dsn + "?tls=false"), noTLS},
		{"MySQL with tls=0", source(dsn + "?tls=0"), noTLS},
		{"MySQL with tls=1", source(dsn + "?tls=1"), ""},
		{"MySQL without tls, allowed", insecure(source(dsn)), ""},
		{"MySQL on loopback", source("app:x@tcp(127.0.0.9:3306)/userdb"), ""},
		{"MySQL on loopback by name", source("app:x@tcp(LOCALHOST:3306)/userdb"), ""},
		{"MySQL on loopback by IPv6", source("app:x@tcp([::1]:3306)/userdb"), ""},
		{"MySQL on a name that looks like loopback", source("app:x@tcp(localhost.example.com:3306)/userdb"), noTLS},
		{"MySQL by a socket", source("app:x@unix(/run/mysqld.sock)/userdb"), ""},
		{"MySQL that is not verified", source(dsn + "?tls=skip-verify"), "DataSource: must not have tls=skip-verify in pro: it does not verify the server (tls=true does)"},
		{"MySQL that may be in clear", source(dsn + "?tls=preferred"), "DataSource: must not have tls=preferred in pro: it does not verify the server (tls=true does)"},
		{"MySQL that is better than nothing", insecure(source(dsn + "?tls=preferred")), ""},
		{"MySQL without a password", source("app@tcp(db:3306)/userdb?tls=true"), "DataSource: must have a password in pro, because its server is another host"},
		{"MySQL without a password, allowed in clear", insecure(source("app@tcp(db:3306)/userdb")), "DataSource: must have a password in pro, because its server is another host"},
		{"a MySQL password in clear", source(dsn + "?tls=true&allowCleartextPasswords=true"), "DataSource: must not have allowCleartextPasswords=true in pro: the password could be intercepted"},
		{"a MySQL password in clear, allowed in clear", insecure(source(dsn + "?allowCleartextPasswords=true")), "DataSource: must not have allowCleartextPasswords=true in pro: the password could be intercepted"},
		{"a MySQL that falls back", source(dsn + "?tls=true&allowFallbackToPlaintext=true"), "DataSource: must not have allowFallbackToPlaintext=true in pro: the password could be intercepted"},
		{"an old MySQL password", source(dsn + "?tls=true&allowOldPasswords=true"), "DataSource: must not have allowOldPasswords=true in pro: the password could be intercepted"},

		{"Redis without TLS", redis(config.RedisNode{Host: "redis:6379", Pass: "x"}), "CacheRedis[0].Tls: must be true in pro, as redis:6379 is another host (or Insecure.Stores true)"},
		{"Redis without TLS, allowed", insecure(redis(config.RedisNode{Host: "redis:6379", Pass: "x"})), ""},
		{"Redis without password", redis(config.RedisNode{Host: "redis:6379", Tls: true}), "CacheRedis[0].Pass: is missing, set REDIS_PASSWORD: in pro a Redis on another host needs one"},
		{"Redis without password, allowed in clear", insecure(redis(config.RedisNode{Host: "10.0.0.1:6379"})), "CacheRedis[0].Pass: is missing, set REDIS_PASSWORD: in pro a Redis on another host needs one"},
		{"Redis on loopback", redis(config.RedisNode{Host: "[::1]:6379"}), ""},

		{"profiles on every address", func(c *conf) { c.DevServer.Host, c.DevServer.Pprof = "0.0.0.0", true }, "DevServer.Pprof: must not be true in pro while DevServer.Host is not loopback: it exposes the process memory"},
		{"profiles on a name", func(c *conf) { c.DevServer.Host, c.DevServer.Pprof = "node-1", true }, "DevServer.Pprof: must not be true in pro while DevServer.Host is not loopback: it exposes the process memory"},
		{"profiles on loopback", func(c *conf) { c.DevServer.Host, c.DevServer.Pprof = "[::1]", true }, ""},
		{"metrics on every address", func(c *conf) { c.DevServer.Host = "0.0.0.0" }, ""},
		{"the inbox, which is not there", func(c *conf) { c.Inbox.Open = true }, "Inbox.Open: must be left out in pro: there is no inbox"},

		{"one process", func(c *conf) { c.CacheRedis, c.SingleNode, c.DataSource = nil, true, "sqlite:data/user.db" }, ""},
		{"one process on MySQL", func(c *conf) { c.CacheRedis, c.SingleNode = nil, true }, ""},
		{"one process that is none", func(c *conf) { c.SingleNode = true }, "SingleNode: must be left out when CacheRedis is set: it is only for the embedded Redis"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good(t, "pro")
			tt.change(&c)
			if diff := cmp.Diff(tt.want, strings.Join(lines(t, c.Validate()), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if strings.Contains(fmt.Sprint(c.Validate()), "Zq8pwVt3") {
				t.Error("the password of the DSN is shown")
			}
			if c.SingleNode && len(c.CacheRedis) > 0 {
				return // a contradiction in every mode
			}
			c.Mode = "dev"
			if err := c.Validate(); err != nil {
				t.Errorf("in dev: %v", err)
			}
		})
	}
}

// The whole Internet is refused however it is split into networks; real lists of proxies
// are accepted.
func TestPro_networks(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	cut := func(bits int, format string, step int) []string {
		var list []string
		for i := range 1 << bits {
			list = append(list, fmt.Sprintf(format, i*step, bits))
		}
		return list
	}
	for _, tt := range []struct {
		name string
		list []string
		ok   bool
	}{
		{"all of IPv4", cut(0, "%d.0.0.0/%d", 0), false},
		{"halves", cut(1, "%d.0.0.0/%d", 128), false},
		{"quarters", cut(2, "%d.0.0.0/%d", 64), false},
		{"a half", []string{"128.0.0.0/1"}, false},
		{"all /8", cut(8, "%d.0.0.0/%d", 1), false},
		{"the public /8 but a few", cut(8, "%d.0.0.0/%d", 1)[11:100], false},
		{"all of IPv6", []string{"::/0"}, false},
		{"the public half of IPv6", []string{"2000::/3"}, false},
		{"IPv6 by /16", func() (list []string) {
			for i := range 0x2000 {
				list = append(list, fmt.Sprintf("%x::/16", 0x2000+i))
			}
			return list
		}(), false},
		{"private networks", []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10", "127.0.0.0/8", "::1/128"}, true},
		{"the same network many times", strings.Fields(strings.Repeat("52.0.0.0/8 52.1.0.0/16 ", 40)), true},
		{"a content network", []string{"173.245.48.0/20", "104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "2400:cb00::/32", "2606:4700::/32", "2a06:98c0::/29"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good(t, "pro")
			c.TrustedProxies = tt.list
			if err := c.Validate(); (err == nil) != tt.ok || err != nil && !strings.HasPrefix(err.Error(), "TrustedProxies") {
				t.Errorf("%.200v, want accepted %v", err, tt.ok)
			}
			c.TrustedProxies = nil
			c.Otp.TestIdentities = []config.TestIdentity{{To: "+15005550006", Code: "123456", Until: "2027-01-31", Clients: tt.list}}
			if err := c.Validate(); (err == nil) != tt.ok {
				t.Errorf("as a test identity's clients: %.200v, want accepted %v", err, tt.ok)
			}
			c.Mode = "dev"
			if err := c.Validate(); err != nil {
				t.Errorf("in dev: %.200v", err)
			}
		})
	}
}

// White space around any value is refused in every mode and from every source, once, by
// key, without showing the value.
func TestEndsOfEveryText(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	const hunter = "hunter2hunter2hunter2hunter2hunter2"
	for _, key := range config.Keys() {
		for _, mode := range []string{"dev", "test", "pro"} {
			for _, value := range []string{hunter + "\n", " " + hunter, hunter + "\r\n", "\t" + hunter, hunter + "\u00a0", "\ufeff" + hunter} {
				c := good(t, mode)
				c.Otp.TestIdentities = []config.TestIdentity{{Clients: []string{""}}}
				c.TrustedProxies, c.Cors.Origins = []string{""}, []string{""}
				c.RateLimit.Prices, c.Captcha.Hostnames = []string{""}, []string{""}
				v := at(&c, key.Path)
				path := strings.ReplaceAll(key.Path, "[]", "[0]")
				switch key.Type.Kind().String() {
				case "string":
				case "slice":
					if v.Len() == 0 || v.Index(0).Kind().String() != "string" {
						continue
					}
					v, path = v.Index(0), path+"[0]"
				default:
					continue
				}
				v.SetString(value)
				var got []string
				for _, line := range lines(t, c.Validate()) {
					if strings.HasPrefix(line, path+": ") {
						got = append(got, line)
					}
					if strings.Contains(line, "hunter2") && key.Env != "" {
						t.Errorf("%s: the value is shown", key.Path)
					}
				}
				if len(got) != 1 || !strings.Contains(got[0], "must not begin or end with white space") {
					t.Errorf("%s = %q in %s: %q", key.Path, value, mode, got)
				}
			}
		}
	}
	vars := map[string]string{"ACCESS_SECRET": proEnv["ACCESS_SECRET"] + "\n", "DATA_SOURCE": "sqlite:user.db\n"}
	_, err := config.Parse([]byte("Mode: dev"), env(vars))
	want := []string{
		"DataSource: must not begin or end with white space or a line break: check whether DATA_SOURCE was set with echo, which adds a line break; printf adds none",
		"Auth.AccessSecret: must not begin or end with white space or a line break: check whether ACCESS_SECRET was set with echo, which adds a line break; printf adds none",
	}
	if diff := cmp.Diff(want, lines(t, err)); diff != "" {
		t.Errorf("from the environment (-want +got):\n%s", diff)
	}
}

func TestModeIsNamedWhereItIsMissing(t *testing.T) {
	const note = "Mode: is not set, and the default is pro, which is strict: set Mode: dev for development"
	for text, want := range map[string]bool{"": true, "mode: dev": true, "Mode:": true, "Port: 1": true, "Mode: pro": false, "Mode: dev\nPort: 0": false} {
		_, err := config.Parse([]byte(text), noEnv)
		if got := lines(t, err)[0] == note; got != want {
			t.Errorf("%q: %q, want the note first: %v", text, lines(t, err)[0], want)
		}
	}
}
