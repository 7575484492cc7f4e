package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/internal/cli"
	"user-api/internal/config"
)

// commandAt runs words at a time.
func commandAt(now time.Time, words ...string) (code int, out, errs string) {
	e, o, er := env()
	e.Now = func() time.Time { return now }
	code = cli.Run(context.Background(), words, e)
	return code, o.String(), er.String()
}

// confFile writes a configuration whose data folder is its own.
func confFile(t *testing.T, yaml string) (file, data string) {
	t.Helper()
	dir := t.TempDir()
	file, data = filepath.Join(dir, "conf.yaml"), filepath.Join(dir, "data")
	if err := os.WriteFile(file, []byte("DataSource: sqlite:"+data+"/user.db\n"+yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, data
}

// What is made is what the service takes: from variables, from the file, from files.
func TestSecretsNew(t *testing.T) {
	code, vars, errs := command("secrets", "new")
	if code != cli.Done || errs != "" {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	given := map[string]string{}
	for line := range strings.Lines(vars) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		given[name] = value
	}
	if len(given) != 4 {
		t.Errorf("made %d secrets, want the four of the service's own", len(given))
	}
	if _, err := config.Parse([]byte("Mode: dev"), func(name string) string { return given[name] }); err != nil {
		t.Errorf("as variables: %v", err)
	}

	_, yaml, _ := command("secrets", "new", "--format", "yaml")
	if c, err := config.Parse([]byte("Mode: dev\n"+yaml), func(string) string { return "" }); err != nil || c.Privacy.PseudonymKey == "" || c.Auth.RefreshSecret == "" {
		t.Errorf("as YAML: %v", err)
	}

	dir := filepath.Join(t.TempDir(), "secrets")
	code, files, errs := command("secrets", "new", "--format", "files", "--dir", dir)
	if code != cli.Done {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	paths := map[string]string{}
	for line := range strings.Lines(files) {
		name, path, _ := strings.Cut(strings.TrimSpace(line), "=")
		paths[name] = path
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 || !strings.HasSuffix(name, "_FILE") {
			t.Errorf("%s: %v, %v", line, info, err)
		}
	}
	c, err := config.Parse([]byte("Mode: dev"), func(name string) string { return paths[name] })
	if err != nil || len(c.Auth.AccessSecret) != 44 || strings.Contains(files, c.Auth.AccessSecret) {
		t.Errorf("as files: %v", err)
	}
	code, _, errs = command("secrets", "new", "--format", "files", "--dir", dir, "SMS_HTTP_SECRET", "OTP_PEPPER")
	if _, err := os.Stat(filepath.Join(dir, "sms_http_secret")); code != cli.Failed || err == nil || !strings.Contains(errs, "otp_pepper exists already, and nothing was written") {
		t.Errorf("over a file that is there: exit code %d, %q", code, errs)
	}
}

// Every secret that is made here can be made by its name, and no other.
func TestSecretsNew_names(t *testing.T) {
	for _, key := range config.SecretKeys() {
		code, out, errs := command("secrets", "new", key.Env)
		want := cli.Misused
		if key.Makes() {
			want = cli.Done
		}
		if code != want || key.Makes() != regexp.MustCompile("^"+key.Env+`=\S{32,}\n$`).MatchString(out) {
			t.Errorf("%s: exit code %d, want %d; %d bytes and %q", key.Env, code, want, len(out), errs)
		}
	}
	for _, line := range []string{"secrets", "secrets new --format json", "secrets new --dir x", "secrets new --format files", "secrets new ACCESS_SECRET ACCESS_SECRET",
		"secrets new access_secret", "secrets rotate --step back", "secrets rotate --force", "secrets rotate --step next --force", "secrets rotate TWILIO_API_KEY"} {
		if code, out, _ := command(strings.Fields(line)...); code != cli.Misused || out != "" {
			t.Errorf("%s: exit code %d, printed %q", line, code, out)
		}
	}
}

// The secrets that a service has made for itself go through the three steps; each is
// told, no secret is shown, and a service that is started in between takes both.
func TestSecretsRotate_kept(t *testing.T) {
	file, _ := confFile(t, "Mode: dev\n")
	fill := func() config.Config {
		c, err := config.Load(file)
		if err == nil {
			err = c.FillSecrets(rand.Reader)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	begin := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	var shown bytes.Buffer
	at := func(after time.Duration, want int, line, step string, more ...string) string {
		t.Helper()
		words := append([]string{"secrets", "rotate", "-f", file}, more...)
		if step != "" {
			words = append(words, "--step", step)
		}
		code, out, errs := commandAt(begin.Add(after), words...)
		shown.WriteString(out + errs)
		if code != want || !strings.Contains(out+errs, line) {
			t.Errorf("%s after %v: exit code %d, want %d and %q:\n%s%s", step, after, code, want, line, out, errs)
		}
		return out
	}
	if code, _, errs := command("secrets", "rotate", "-f", file); code != cli.Failed || !strings.Contains(errs, "no such file") {
		t.Errorf("before the first start: exit code %d, %q", code, errs)
	}
	first := fill()
	at(0, cli.Done, "OTP_PEPPER      settled\n", "")
	at(0, cli.Failed, "no new secret has been published", "swap")
	at(0, cli.Done, "1. Restart the service.\n2. After 2027-01-31T12:10:00Z: user-api secrets rotate -f "+file+" --step swap", "next")
	published := fill()
	if published.Auth.AccessSecret != first.Auth.AccessSecret || published.Auth.PrevAccessSecret == "" {
		t.Error("what is published is not accepted by a start")
	}
	at(time.Minute, cli.Failed, "counted separately; wait until", "swap")
	at(11*time.Minute, cli.Done, "OTP_PEPPER      swapped, retire from 2027-05-01T13:11:00Z", "swap")
	swapped := fill()
	if swapped.Auth.AccessSecret != published.Auth.PrevAccessSecret || swapped.Auth.PrevAccessSecret != first.Auth.AccessSecret {
		t.Error("the secrets are not swapped")
	}
	at(12*time.Minute, cli.Failed, "valid until 2027-01-31T13:26:00Z; --force retires it now", "retire", "ACCESS_SECRET")
	at(2*time.Hour, cli.Done, "Restart the service.", "retire", "ACCESS_SECRET")
	at(2*time.Hour, cli.Failed, "valid until 2027-02-07", "retire")
	at(2*time.Hour, cli.Done, `"due": "2027-02-07T13:11:00Z"`, "", "--json", "REFRESH_SECRET")
	at(3*time.Hour, cli.Done, "Restart the service.", "retire", "--force")
	last := fill()
	if last.Auth.PrevAccessSecret+last.Auth.PrevRefreshSecret+last.Otp.PrevPepper != "" || last.Otp.Pepper == first.Otp.Pepper {
		t.Error("something of before is still accepted")
	}
	for _, c := range []config.Config{first, last} {
		for _, secret := range []string{c.Auth.AccessSecret, c.Auth.RefreshSecret, c.Otp.Pepper} {
			if strings.Contains(shown.String(), secret) {
				t.Error("a secret is shown")
			}
		}
	}
}

// A folder is changed whatever the mode, and says which variables to set.
func TestSecretsRotate_folder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	if code, _, errs := command("secrets", "new", "--format", "files", "--dir", dir); code != cli.Done {
		t.Fatal(errs)
	}
	file, _ := confFile(t, "Mode: dev\n")
	code, out, errs := command("secrets", "rotate", "-f", file, "--dir", dir, "--step", "next")
	if code != cli.Done || !strings.Contains(out, fmt.Sprintf("PREV_OTP_PEPPER_FILE=%s/prev_otp_pepper\n", dir)) {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
	code, out, errs = command("secrets", "rotate", "-f", file, "--dir", dir, "--step", "swap", "ACCESS_SECRET")
	if code != cli.Done || !strings.Contains(out, "unset, on every node,\n     PREV_ACCESS_SECRET_FILE\n") {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
	for _, name := range []string{"ACCESS_SECRET", "OTP_PEPPER"} {
		for _, second := range []string{"", "PREV_"} {
			if _, err := config.ReadSecretFile(filepath.Join(dir, strings.ToLower(second+name))); err != nil {
				t.Errorf("%s%s: %v", second, name, err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "access_secret"), []byte("with a line break, as an editor leaves it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command("secrets", "rotate", "-f", file, "--dir", dir); code != cli.Failed || !strings.Contains(errs, "access_secret must not begin or end with white space") {
		t.Errorf("a file with a line break: exit code %d, %q", code, errs)
	}
}

// Secrets that come from elsewhere are not those of the data folder.
func TestSecretsRotate_elsewhere(t *testing.T) {
	const secret = "pK3vG8tSYQm1Zb0dN7hUwXyFc5RaLj2E"
	file, _ := confFile(t, "Mode: dev\nAuth: {AccessSecret: "+secret+"}\n")
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.FillSecrets(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command("secrets", "rotate", "-f", file, "ACCESS_SECRET"); code != cli.Failed || !strings.Contains(errs, "ACCESS_SECRET does not come from ") || strings.Contains(errs, secret) {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if code, out, _ := command("secrets", "rotate", "-f", file); code != cli.Done || strings.Contains(out, "ACCESS_SECRET") || !strings.Contains(out, "REFRESH_SECRET") {
		t.Errorf("exit code %d, %q", code, out)
	}
}
