package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"
)

// systemd accepts the unit; each secret that it loads is passed to the service,
// and the service is run as it stands there.
func TestUnit(t *testing.T) {
	text := read(t, deploy+"/systemd/user-api.service")
	options, err := unit.DeserializeOptions(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, o := range options {
		all[o.Name] = append(all[o.Name], o.Value)
	}
	var told []string
	for _, e := range all["Environment"] {
		name, path, _ := strings.Cut(e, "=")
		told = append(told, strings.TrimSuffix(name, "_FILE"))
		if want := "%d/" + strings.TrimSuffix(name, "_FILE"); path != want || !strings.HasSuffix(name, "_FILE") {
			t.Errorf("%s, want a file %s", e, want)
		}
	}
	for i, credential := range all["LoadCredential"] {
		name, path, _ := strings.Cut(credential, ":")
		if i >= len(told) || told[i] != name || filepath.Base(path) != name {
			t.Errorf("credential %s is not told to the service", credential)
		}
	}
	for name, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "StateDirectory": "user-api",
	} {
		if got := strings.Join(all[name], " "); got != want {
			t.Errorf("%s=%q, want %q", name, got, want)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not there; the unit was parsed alone")
		return
	}
	// It looks whether what is run is there.
	dir := t.TempDir()
	at := filepath.Join(dir, "user-api.service")
	write(t, at, replace(t, text, "/usr/local/bin/user-api", binary(t), "Documentation=file:///usr/local/share/doc/user-api/deploy.md\n", ""))
	cmd := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", at)
	cmd.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=notice")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "user-api.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
