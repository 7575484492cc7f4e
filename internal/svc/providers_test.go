package svc

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/config"
)

const rootDir = "../.."

var variable = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b`)

// example returns the configuration on a provider's page, with the secrets that it takes
// from the environment.
func example(t *testing.T, provider string) config.Config {
	t.Helper()
	file := filepath.Join(rootDir, "docs/providers", provider+".md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s has no page: %v", provider, err)
	}
	if !strings.HasPrefix(string(page), "# "+provider+"\n") {
		t.Errorf("%s does not begin with its name", file)
	}
	secrets := map[string]string{
		"TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef", "TWILIO_API_KEY": "SK0123456789abcdef0123456789abcdef",
	}
	for _, name := range variable.FindAllString(string(page), -1) {
		if secrets[name] == "" {
			sum := sha256.Sum256([]byte(name))
			secrets[name] = strings.NewReplacer("+", "x", "/", "y", "=", "z").Replace(base64.StdEncoding.EncodeToString(sum[:]))
		}
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(rest, "```")
	c, err := config.Parse([]byte(text), func(name string) string { return secrets[name] })
	if !found || err != nil || !c.Uses(provider) {
		t.Fatalf("%s: the example is refused, or does not use %s: %v", file, provider, err)
	}
	return c
}

// A provider has one row in the configuration and one here, a page, and a fake for tests.
// The sender has the name of the row, and the page lists its channels.
func TestProviders(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range config.Providers() {
		t.Run(row.Name, func(t *testing.T) {
			seen[row.Name] = true
			p, ok := providers[row.Name]
			if !ok || p.sender == nil {
				t.Fatal("no row says how it is made")
			}
			if row.ServesPhones() && p.probe == nil {
				t.Error("doctor has no check of it")
			}
			if p.faults == nil {
				t.Error("no table has its faults")
			}
			c := example(t, row.Name)
			sender, err := p.sender(parts{config: c, now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			if got := sender.Name(); got != row.Name {
				t.Errorf("its sender is named %s", got)
			}
			folder := filepath.Join(rootDir, strings.TrimPrefix(reflect.TypeOf(sender).Elem().PkgPath(), "user-api/"))
			_, beside := os.Stat(folder + "test")
			_, inside := os.Stat(filepath.Join(folder, "server_test.go"))
			if !row.DevOnly && beside != nil && inside != nil {
				t.Errorf("it has no fake: neither the package %stest nor a server_test.go", filepath.Base(folder))
			}
			page, _ := os.ReadFile(filepath.Join(rootDir, "docs/providers", row.Name+".md"))
			for _, ch := range row.Channels {
				if !strings.Contains(string(page), "`"+ch+"`") {
					t.Errorf("its page does not name the channel %s", ch)
				}
			}
			if tells := row.ReportsStatus(&c); tells != (p.callback != nil) && !row.DevOnly {
				t.Errorf("as its page has it, it tells what became of messages: %t; it has a callback: %t", tells, p.callback != nil)
			}
		})
	}
	for name := range providers {
		if !seen[name] {
			t.Errorf("%s is made, and is not in the configuration", name)
		}
	}
	pages, _ := filepath.Glob(filepath.Join(rootDir, "docs/providers/*.md"))
	for _, file := range pages {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		if !seen[name] && !strings.HasPrefix(name, "social-") { // social providers
			t.Errorf("%s is the page of no provider", file)
		}
	}
}

// A provider with a callback rejects everything without its options, and one without has no
// route.
func TestCallbacks_notConfigured(t *testing.T) {
	callbacks := newCallbacks(config.Config{}, nil)
	for _, row := range config.Providers() {
		want := apperr.NotFound
		if providers[row.Name].callback != nil {
			want = apperr.Forbidden
		}
		for _, body := range []string{"", "{}", "[]", "a=b"} {
			_, err := callbacks.Take(context.Background(), row.Name, "token=&secret=", []byte(body), func(string) string { return "" })
			if !apperr.Is(err, want) {
				t.Errorf("%s, %q: %v, want %s", row.Name, body, err, want)
			}
		}
	}
}
