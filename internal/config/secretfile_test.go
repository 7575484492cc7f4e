package config_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/config"
	"user-api/internal/testkit"
)

const fileCanary = "canary-Vt3Lk0-canary-Vt3Lk0-canary-Vt3Lk0"

// secretsFile sets every secret, including a Redis for REDIS_PASSWORD.
const secretsFile = "Mode: dev\nCacheRedis: [{Host: 'a:1', Type: cluster}, {Host: 'b:1', Type: cluster}]\n" +
	"Email: {Dkim: {Domain: example.com, Selector: mail}}\n" +
	"Webhooks: [{Name: orders, Url: 'https://orders.example.com/', Secret: whsec_b25lIHNlY3JldCBvZiB0aGlydHkgdHdvIGJ5dGVz}]\n" +
	"Social: {Providers: [{Name: google, Kind: oidc, Issuer: 'https://accounts.google.com', ClientId: x}]}\n"

// written returns a file with the text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// problemsOf returns the problems of the keys at path; [] stands for the first element.
func problemsOf(t *testing.T, err error, path string) (found []string) {
	t.Helper()
	for _, line := range lines(t, err) {
		if strings.HasPrefix(line, strings.ReplaceAll(path, "[]", "[0]")+": ") {
			found = append(found, line)
		}
	}
	return found
}

// Every secret has a variable and a file. An invalid file is reported once, by key and
// variable, without any of its content.
func TestSecretFiles(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	folder := t.TempDir()
	keys := config.SecretKeys()
	if len(keys) < 25 {
		t.Fatalf("only %d secrets", len(keys))
	}
	for _, s := range keys {
		variable := s.Env + "_FILE"
		value := fileCanary
		switch s.Env {
		case "DATA_SOURCE":
			value = "sqlite:" + fileCanary + ".db"
		case "OTEL_EXPORTER_OTLP_HEADERS":
			value = "key=" + fileCanary
		case "DKIM_KEY", "WEBHOOK_SECRET", "PREV_WEBHOOK_SECRET":
			made, err := s.New(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			value = made
		}
		with := func(vars map[string]string) (config.Config, error) {
			return config.Parse([]byte(secretsFile), env(vars))
		}
		c, err := with(map[string]string{variable: written(t, value)})
		got := fmt.Sprint(at(&c, s.Key))
		if s.Env == "OTEL_EXPORTER_OTLP_HEADERS" {
			got = "key=" + c.Telemetry.OtlpHeaders["key"]
		}
		if err != nil || got != value {
			t.Errorf("%s: %v, want in %s what is in the file", variable, err, s.Key)
		}
		for name, tt := range map[string]struct {
			vars map[string]string
			want string
		}{
			"both":                             {map[string]string{variable: written(t, value), s.Env: value}, "is given by both " + s.Env + " and " + variable},
			"no file":                          {map[string]string{variable: folder + "/none"}, variable + ": " + folder + "/none cannot be read: no such file or directory"},
			"a folder":                         {map[string]string{variable: folder}, variable + ": " + folder + " must be a regular file"},
			"an empty file":                    {map[string]string{variable: written(t, "")}, " is empty"},
			"a large file":                     {map[string]string{variable: written(t, strings.Repeat("x", 64<<10+1))}, " must have at most 65536 bytes"},
			"a line break":                     {map[string]string{variable: written(t, value+"\n")}, "must not begin or end with white space or a line break, which editors"},
			"white space":                      {map[string]string{variable: written(t, "\t"+value)}, "must not begin or end with white space"},
			"a mark of an editor":              {map[string]string{variable: written(t, "\ufeff"+value)}, "must not begin or end with white space"},
			"only a line break":                {map[string]string{variable: written(t, "\n")}, "must not begin or end with white space"},
			"a path that ends in a line break": {map[string]string{variable: written(t, value) + "\n"}, variable + ": must be a path, and not begin or end with white space"},
		} {
			_, err := with(tt.vars)
			got := problemsOf(t, err, s.Key)
			if len(got) != 1 || !strings.Contains(got[0], tt.want) || !strings.Contains(got[0], variable) {
				t.Errorf("%s, %s: %q, want %q", variable, name, got, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), value[len(value)-30:]) {
				t.Errorf("%s, %s: the secret is shown: %v", variable, name, err)
			}
		}
	}
}

// A file that exists but cannot be read is refused by name.
func TestSecretFiles_unreadable(t *testing.T) {
	const path = "/proc/self/mem" // a regular file, whose first page nobody has
	if _, err := os.Stat(path); err != nil {
		testkit.Missing(t, path)
	}
	_, err := config.Parse([]byte("Mode: dev"), env(map[string]string{"ACCESS_SECRET_FILE": path}))
	if got, want := fmt.Sprint(err), "Auth.AccessSecret: ACCESS_SECRET_FILE: "+path+" cannot be read: input/output error"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A file is read once, also through the symbolic links with which Kubernetes updates it.
func TestSecretFiles_links(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "..1"), 0o700), os.WriteFile(filepath.Join(dir, "..1/redis"), []byte(fileCanary), 0o600),
		os.Symlink("..1", filepath.Join(dir, "..data")), os.Symlink("..data/redis", filepath.Join(dir, "redis")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Parse([]byte(secretsFile), env(map[string]string{"REDIS_PASSWORD_FILE": filepath.Join(dir, "redis")}))
	if err != nil || c.CacheRedis[0].Pass != fileCanary || c.CacheRedis[1].Pass != fileCanary {
		t.Errorf("%v, want the password for both hosts", err)
	}
}

// White space around the values of a map is refused too.
func TestEndsOfEveryText_headers(t *testing.T) {
	for yaml, key := range map[string]string{
		`{api-key: "hunter2\n"}`: "Telemetry.OtlpHeaders.api-key",
		`{"api-key ": hunter2}`:  "Telemetry.OtlpHeaders.api-key ",
	} {
		_, err := config.Parse([]byte("Mode: dev\nTelemetry: {OtlpHeaders: "+yaml+"}"), noEnv)
		if got := problemsOf(t, err, key); len(got) != 1 || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: %v", yaml, err)
		}
	}
}

// Generated secrets are random, valid and different each time.
func TestSecretKeys_made(t *testing.T) {
	shown := regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`)
	for _, s := range config.SecretKeys() {
		if !s.Makes() {
			continue
		}
		first, err := s.New(rand.Reader)
		second, again := s.New(rand.Reader)
		if err != nil || again != nil || first == second || len(first) < config.MinSecret || strings.TrimSpace(first) != first {
			t.Errorf("%s: %d bytes (%v, %v), the same twice: %v", s.Env, len(first), err, again, first == second)
		}
		inAddress := s.Change == config.ChangeShared && s.Env != "DKIM_KEY" && config.WebhookKey(first) == nil
		if inAddress && !shown.MatchString(first) {
			t.Errorf("%s could not stand in an address", s.Env)
		}
		if s.Env == "DKIM_KEY" {
			if _, err := (config.Dkim{Key: first}).PrivateKey(); err != nil {
				t.Errorf("the key that is made: %v", err)
			}
			continue
		}
		if _, err := s.New(bytes.NewReader(make([]byte, 31))); err == nil {
			t.Errorf("%s is made of too little", s.Env)
		}
		c := good(t, config.ModePro)
		at(&c, s.Key).SetString(first)
		if problems := problemsOf(t, c.Validate(), s.Key); len(problems) > 0 {
			t.Errorf("%s, as it is made: %v", s.Env, problems)
		}
	}
}
