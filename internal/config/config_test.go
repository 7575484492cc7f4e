package config_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/core/conf"

	"user-api/internal/config"
)

// proEnv holds the variables that a production service needs; each secret is random.
var proEnv = map[string]string{
	"ACCESS_SECRET":      "pK3vG8tSYQm1Zb0dN7hUwXyFc5RaLj2E",
	"REFRESH_SECRET":     "t9WqBn4xHs6VzKg1LdYpM8cJfE0rUa3T",
	"OTP_PEPPER":         "Xe7Rj2mCkP5wTqHv9SbLz4GnYd8FuA1o",
	"DATA_SOURCE":        "app:Zq8%41pw@tcp(db:3306)/userdb?parseTime=true&tls=true",
	"REDIS_PASSWORD":     "vB6redispw",
	"TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
	"TWILIO_API_KEY":     "SK0123456789abcdef0123456789abcdef",
	"TWILIO_API_SECRET":  "nH5twiliopw",
	"SMTP_PASSWORD":      "kQ4smtppw",
	"SMS_HTTP_SECRET":    "Qa6Tz1Vw8Ub3Xn5Ro0Lc7Mh2Ky4Pd9Se",
}

// noEnv is an empty environment.
func noEnv(string) string { return "" }

// env returns an environment with the given variables.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// lines returns the problems of an error, one string each.
func lines(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is %T (%v), want config.Problems", err, err)
	}
	return strings.Split(problems.Error(), "\n")
}

func TestParse(t *testing.T) {
	tests := []struct {
		name string
		yaml string
		env  map[string]string
		want []string
	}{
		{name: "mode alone is enough outside pro", yaml: "Mode: dev"},
		{name: "a key without a value has its default", yaml: "Mode: dev\nAuth:\nPort:\nCacheRedis:\nOtp: {Pepper: ~}"},
		{
			name: "an unknown key is refused and the nearest suggested",
			yaml: "Mode: dev\nPrt: 1\nAuth:\n  AccesExpire: 900\n  accessexpire: 900\n  Cooldown: 60\n  Nonsense: 1",
			want: []string{
				"Prt: unknown key (line 2), did you mean Port?",
				"Auth.AccesExpire: unknown key (line 4), did you mean AccessExpire?",
				"Auth.accessexpire: unknown key (line 5), did you mean AccessExpire?",
				"Auth.Cooldown: unknown key (line 6), did you mean Otp.Cooldown?",
				"Auth.Nonsense: unknown key (line 7)",
			},
		},
		{
			name: "an unknown key in a list is found",
			yaml: "Mode: dev\nCacheRedis:\n- {Host: 'a:1', TLS: true}",
			want: []string{"CacheRedis[0].TLS: unknown key (line 3), did you mean Tls?"},
		},
		{
			name: "a key given twice is refused",
			yaml: "Mode: dev\nAuth: {AccessExpire: 60}\nAuth: {AccessExpire: 70}",
			want: []string{"Auth: is given twice (line 3)"},
		},
		{
			name: "types are checked",
			yaml: "Mode: dev\nPort: many\nMaxConns: 1.5\nTimeout: 5s\nEmail: {SignIn: yes}\nAuth: []\n" +
				"TrustedProxies: 10.0.0.0/8\nCors: {Origins: [{a: b}]}\nOtp: {Expire: 99999999999999999999}",
			want: []string{
				`Port: must be a whole number, is "many" (line 2)`,
				"Auth: must be a section of keys (line 6)",
				`Otp.Expire: must be a whole number of seconds, is "99999999999999999999" (line 9)`,
				`Email.SignIn: must be true or false, is "yes" (line 5)`,
				"TrustedProxies: must be a list (line 7)",
				"Cors.Origins[0]: must be text (line 8)",
				`Timeout: must be a whole number of seconds, is "5s" (line 4)`,
				`MaxConns: must be a whole number, is "1.5" (line 3)`,
			},
		},
		{
			name: "a secret of the wrong type is not shown",
			yaml: "Mode: dev\nOtp: {Pepper: [hunter2]}\nAuth: {AccessSecret: !!binary aHVudGVyMg==}",
			want: []string{"Auth.AccessSecret: must be text (line 3)", "Otp.Pepper: must be text (line 2)"},
		},
		{
			name: "anchors are refused, as an unquoted secret may look like one",
			yaml: "Mode: dev\nOtp: {Pepper: &hunter2 x}",
			want: []string{"line 2: a value that begins with & or * must be quoted; anchors and aliases are not read"},
		},
		{
			name: "an alias is refused and not shown",
			yaml: "Mode: dev\nOtp: {Pepper: *hunter2}",
			want: []string{"the file is not valid YAML: a value that begins with * must be quoted"},
		},
		{
			name: "text that is not YAML",
			yaml: "Mode: dev\n Port: 1",
			want: []string{"the file is not valid YAML: line 2: mapping values are not allowed in this context"},
		},
		{
			name: "a second document is refused",
			yaml: "Mode: dev\n---\nMode: pro",
			want: []string{"the file must be one YAML document, but has several"},
		},
		{
			name: "an empty file is production without secrets",
			want: []string{
				"Mode: is not set, and the default is pro, which is strict: set Mode: dev for development",
				"CacheRedis: must name a Redis in pro, or SingleNode must be true: the embedded Redis serves only one process",
				"Auth.AccessSecret: is missing, set ACCESS_SECRET",
				"Auth.RefreshSecret: is missing, set REFRESH_SECRET",
				"Otp.Pepper: is missing, set OTP_PEPPER",
				"Sms.Provider: must not be inbox in pro: it sends nothing",
				"Sms.AllowedRegions: must name a country in pro: attackers can cause costs in every open country",
				"Email.Provider: must not be inbox in pro: it sends nothing",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Parse([]byte(tt.yaml), env(tt.env))
			if diff := cmp.Diff(tt.want, lines(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if empty := c.Name == ""; empty != (err != nil) {
				t.Errorf("zero Config is %v with error %v, want one exactly when there is an error", empty, err)
			}
		})
	}
}

func TestParseTakesTextAsWritten(t *testing.T) {
	c, err := config.Parse([]byte("Mode: dev\nSms: {DefaultRegion: NO, Twilio: {From: +15005550006}}\nAuth: {Issuer: 0123}\nEmail: {Provider: off}"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Sms.DefaultRegion, c.Sms.Twilio.From, c.Auth.Issuer, c.Email.Provider}
	if diff := cmp.Diff([]string{"NO", "+15005550006", "0123", "off"}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestEnvironmentWinsOverFile(t *testing.T) {
	file := "Mode: dev\nCacheRedis: [{Host: 'a:1', Type: cluster, Pass: file}, {Host: 'b:1', Type: cluster}]\nDataSource: sqlite:x.db\nWebhooks: [{Name: orders}]\nSocial: {Providers: [{Name: google, Kind: oidc, Issuer: 'https://accounts.google.com', ClientId: x}]}\n"
	for _, key := range config.Keys() {
		if key.Env == "" {
			continue
		}
		var asked []string
		_, err := config.Parse([]byte(file), func(name string) string {
			asked = append(asked, name)
			return ""
		})
		if !strings.Contains(strings.Join(asked, " "), key.Env) {
			t.Errorf("%s: %s was not looked up (error %v)", key.Path, key.Env, err)
		}
	}
	file = strings.ReplaceAll(file, "Webhooks: [{Name: orders}]\n", "")
	c, err := config.Parse([]byte(file), env(map[string]string{"DATA_SOURCE": "sqlite:y.db", "REDIS_PASSWORD": "env", "OTP_PEPPER": proEnv["OTP_PEPPER"]}))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.DataSource, c.CacheRedis[0].Pass, c.CacheRedis[1].Pass, c.Otp.Pepper}
	if diff := cmp.Diff([]string{"sqlite:y.db", "env", "env", proEnv["OTP_PEPPER"]}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// The tags mean the same as in go-zero: its conf package reads the same values.
func TestTagsMeanWhatGoZeroMeans(t *testing.T) {
	for name, value := range proEnv {
		t.Setenv(name, value)
	}
	for name, text := range map[string]string{proFile: read(t, proFile), "the mode alone": "Mode: dev"} {
		want, err := config.Parse([]byte(text), os.Getenv)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got config.Config
		if err := conf.LoadFromYamlBytes([]byte(text), &got); err != nil {
			t.Fatalf("%s: go-zero's conf: %v", name, err)
		}
		if diff := plainDiff(want, got); diff != "" {
			t.Errorf("%s (-ours +go-zero's):\n%s", name, diff)
		}
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if _, err := config.Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: error %v, want one that is os.ErrNotExist", err)
	}
	if err := os.WriteFile(path, []byte("Mode: dev\nPort: 0\nTimeout: 0"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "config: " + path + ":\nPort: must be between 1 and 65535, is 0\nTimeout: must be between 1 and 30 seconds, is 0"
	if _, err := config.Load(path); err == nil || err.Error() != want {
		t.Errorf("broken file:\n got %v\nwant %s", err, want)
	}
	t.Setenv("DATA_SOURCE", "sqlite:elsewhere/user.db")
	if err := os.WriteFile(path, []byte("Mode: dev"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := config.Load(path); err != nil || c.DataSource != "sqlite:elsewhere/user.db" {
		t.Errorf("environment: DataSource %q, error %v", c.DataSource, err)
	}
}

func TestDataDir(t *testing.T) {
	for source, want := range map[string]string{
		"sqlite:data/user.db":      "data",
		"sqlite:/var/lib/u/user.d": "/var/lib/u",
		"sqlite:user.db":           ".",
		"u:p@tcp(db:3306)/userdb":  "data",
	} {
		if got := (config.Config{DataSource: source}).DataDir(); got != want {
			t.Errorf("DataDir of %s is %q, want %q", source, got, want)
		}
	}
}

func TestProxyPrefixes(t *testing.T) {
	c := config.Config{TrustedProxies: []string{"10.1.2.3/8", "fd00::1/8"}}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	if got := c.ProxyPrefixes(); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSecondsDuration(t *testing.T) {
	if got := config.Seconds(90).Duration(); got != 90*time.Second {
		t.Errorf("90 is %v, want 1m30s", got)
	}
}

// A hanging database is noticed before the request times out, whatever the timeouts.
func TestDatabasePatience(t *testing.T) {
	for _, c := range []struct{ read, request, want time.Duration }{
		{3, 5, 3 * time.Second}, {3, 30, 3 * time.Second}, {3, 2, 1200 * time.Millisecond}, {20, 1, 600 * time.Millisecond},
	} {
		if got := (config.Database{ReadTimeout: config.Seconds(c.read)}).EffectiveReadTimeout(config.Seconds(c.request)); got != c.want {
			t.Errorf("%d s of %d s: %v, want %v", c.read, c.request, got, c.want)
		}
	}
}
