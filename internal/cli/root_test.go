package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"user-api/internal/cli"
)

// env is a process environment with an empty DNS, and its output.
func env() (e cli.Env, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return cli.Env{In: strings.NewReader(""), Out: out, Err: errs, Rand: rand.Reader, Now: time.Now, DNS: dns{}}, out, errs
}

// command runs a command line.
func command(words ...string) (code int, out, errs string) {
	e, o, er := env()
	code = cli.Run(context.Background(), words, e)
	return code, o.String(), er.String()
}

// Unknown words and flags have no effect, print the usage to stderr and exit with 2.
func TestRun_misused(t *testing.T) {
	none := t.TempDir() + "/none.yaml"
	for _, line := range []string{
		"reign", "admin", "admin reign", "admin reign --phone 1", "guard", "guard play", "migrate", "migrate sideways", "numbers", "numbers change",
		"backup", "backup a b", "backup --passphrase --passphrase-file x a", "restore", "restore a b", "restore --force --to x a",
		"serve now", "doctor now", "help reign", "help admin reign", "completion tcsh", "completion", "version now",
		"--prot 1", "-x", "-f", "doctor -f", "doctor --jsom", "-f " + none + " doktor", "reign -f " + none, "admin grant -f " + none,
		"admin grant --phone +919876543210", "admin grant --phone +919876543210 --role king", "admin ban", "admin ban --role admin --phone +919876543210",
		"admin prune --phone +919876543210", "admin prune now", "admin ban --phone +919876543210 --username ann",
		"admin ban --phone +919876543210 now", "admin ban --ip 1",
		"guard replay now", "guard replay --since day", "migrate down", "migrate down --to -2", "migrate down --to x", "migrate up --to 3",
		"migrate status extra", "numbers check --dry-run", "numbers migrate x", "numbers migrate --country FR",
	} {
		code, out, errs := command(strings.Fields(line)...)
		if code != cli.Misused || out != "" || !strings.Contains(errs, "Usage:\n  user-api") {
			t.Errorf("%s: exit code %d, printed %q and %q, want 2 and the usage", line, code, out, errs)
		}
	}
}

// The file is given before or after the words, and with an equals sign.
func TestRun_file(t *testing.T) {
	none := t.TempDir() + "/none.yaml"
	for _, words := range [][]string{
		{"-f", none}, {"-f=" + none}, {"-f" + none}, {"--file", none}, {"--file=" + none}, {"serve", "-f", none}, {"-f", none, "serve"},
		{"-f", none, "migrate", "status"}, {"migrate", "-f", none, "status"}, {"migrate", "status", "-f=" + none},
		{"admin", "prune", "--file", none},
	} {
		code, _, errs := command(words...)
		if code != cli.Failed || !strings.Contains(errs, none) || strings.Contains(errs, "Usage") {
			t.Errorf("%q: exit code %d, %q, want 1 and that the file is not there", words, code, errs)
		}
	}
}
