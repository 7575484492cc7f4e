package cli_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/cli"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// printedClient is the JSON output.
type printedClient struct {
	ID, Name, Kind, Secret, Limit string
	Scopes, RedirectURIs          []string
	UsedAt, OverlapEnds           int64
	DisabledAt                    int64
}

func TestClient(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+dir+"/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(line string) string {
		t.Helper()
		code, out, errs := command(append(strings.Fields(line), "-f", file)...)
		if code != cli.Done {
			t.Fatalf("%s: exit code %d, %s", line, code, errs)
		}
		return out
	}
	read := func(text string) (one printedClient) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return one
	}
	shows := func(id, secret string) (code apperr.Code) {
		inService(t, file, func(s *svc.ServiceContext) {
			if _, err := s.Clients.ByBasic(t.Context(), "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret))); err != nil {
				code = apperr.From(err).Code
			}
		})
		return code
	}
	one := read(run("client create billing --scope users:read,audit:read --scope users:write --limit 60/60 --json"))
	if one.Name != "billing" || one.Kind != "confidential" || strings.Join(one.Scopes, " ") != "audit:read users:read users:write" || one.Limit != "60/60" {
		t.Errorf("created %+v", one)
	}
	if code := shows(one.ID, one.Secret); code != "" {
		t.Errorf("the secret is answered %s", code)
	}
	if out := run("client create shop --public --redirect-uri https://shop.example/cb"); strings.Contains(out, "secret") || !strings.Contains(out, "client_id: ") {
		t.Errorf("a public client: %s", out)
	}
	run("client redirect shop --redirect-uri https://shop.example/new --redirect-uri com.example.shop:/cb")
	if list := run("client list --json"); !strings.Contains(list, "https://shop.example/new") || strings.Contains(list, `"https://shop.example/cb"`) {
		t.Errorf("other redirect URIs: %s", list)
	}
	out := run("client rotate billing --overlap 1h")
	_, secret, _ := strings.Cut(out, "client_secret: ")
	secret, _, _ = strings.Cut(secret, "\n")
	if code := shows(one.ID, one.Secret) + shows(one.ID, secret); code != "" || secret == one.Secret {
		t.Errorf("both secrets in the overlap: %q", code)
	}
	table, list := run("client list"), run("client list --json")
	for _, text := range []string{table, list} {
		if strings.Contains(text, "uacs_") || strings.Contains(strings.ToLower(text), "secret") || !strings.Contains(text, "billing") || !strings.Contains(text, one.ID) {
			t.Errorf("the list:\n%s", text)
		}
	}
	if !strings.Contains(table, "NAME") || !strings.Contains(list, `"overlapEnds"`) || !strings.Contains(list, `"usedAt"`) {
		t.Errorf("the list:\n%s\n%s", table, list)
	}
	run("client disable billing")
	if code := shows(one.ID, secret); code != apperr.Unauthorized {
		t.Errorf("disabled: %q", code)
	}
	run("client enable billing")
	if code := shows(one.ID, secret); code != "" {
		t.Errorf("enabled: %q", code)
	}
	run("client remove billing")
	if code := shows(one.ID, secret); code != apperr.Unauthorized {
		t.Errorf("removed: %q", code)
	}
	for line, want := range map[string]int{
		"client remove billing": cli.Failed, "client rotate billing": cli.Failed, "client rotate shop": cli.Failed, "client create shop": cli.Failed,
		"client redirect nobody --redirect-uri https://a.example": cli.Failed, "client redirect shop": cli.Misused, "client redirect shop --redirect-uri http://a.example": cli.Misused,
		"client create a --scope root": cli.Misused, "client create A": cli.Misused, "client create a --limit x": cli.Misused,
		"client create a --limit 1/1;2/2": cli.Misused, "client rotate shop --overlap 800h": cli.Misused, "client create": cli.Misused,
	} {
		if code, out, _ := command(append(strings.Fields(line), "-f", file)...); code != want || out != "" {
			t.Errorf("%s: exit code %d, printed %q, want %d", line, code, out, want)
		}
	}
	inService(t, file, func(s *svc.ServiceContext) {
		events, err := s.Audit.List(context.Background(), audit.Filter{Limit: 100})
		kinds := map[string]int{}
		for _, e := range events {
			kinds[e.Type]++
			if strings.HasPrefix(e.Type, "client_") && e.Type != "client_refused" && (!strings.HasPrefix(e.Actor, "cli:") || e.Reason == "") {
				t.Errorf("%s of %q by %q", e.Type, e.Reason, e.Actor)
			}
		}
		for _, kind := range []string{"client_changed", "client_created", "client_rotated", "client_disabled", "client_enabled", "client_removed"} {
			if kinds[kind] == 0 || err != nil {
				t.Errorf("the trail has no %s, %v", kind, err)
			}
		}
	})
}
