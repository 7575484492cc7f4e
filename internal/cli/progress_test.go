package cli_test

import (
	"strings"
	"testing"
	"time"

	"user-api/internal/cli"
	"user-api/internal/svc"
)

// A long operation shows its progress on a terminal, and removes the line; a file contains
// no trace of it.
func TestProgress(t *testing.T) {
	file := numbersFile(t)
	inService(t, file, func(s *svc.ServiceContext) {
		keep(t, s, 1, "+22997979797")
	})
	for _, words := range []string{"numbers check", "numbers migrate --dry-run --country BJ", "sessions end --all"} {
		for _, terminal := range []bool{true, false} {
			e, out, errs := env()
			e.Terminal = func(stream any) bool { return terminal && stream == any(e.Err) }
			if code := cli.Run(t.Context(), append(strings.Fields(words), "-f", file), e); code != cli.Done || strings.Contains(out.String(), "\x1b") {
				t.Errorf("%s: exit code %d, %q, %s", words, code, out, errs)
			}
			if got := errs.String(); terminal != (strings.HasPrefix(got, "\r\x1b[K") && strings.Contains(got, ": 1") && strings.HasSuffix(got, "\r\x1b[K")) || !terminal && got != "" {
				t.Errorf("%s on a terminal %v: progress %q", words, terminal, got)
			}
		}
	}
}

// It is drawn at most ten times a second, with the completed part of the total.
func TestProgress_redrawn(t *testing.T) {
	e, _, errs := env()
	now := time.Unix(1, 0)
	e.Terminal, e.Now = func(any) bool { return true }, func() time.Time { return now }
	at, done := cli.Progress(e, "rows")
	for i := range 100 {
		at(i, 200)
		now = now.Add(10 * time.Millisecond)
	}
	done()
	if got := errs.String(); strings.Count(got, "rows: ") != 10 || !strings.HasSuffix(got, "\r\x1b[Krows: 90 of 200 (45 %)\r\x1b[K") {
		t.Errorf("progress %q", got)
	}
}
