package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/cli"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

var update = flag.Bool("update", false, "write the sample of docs/guard.md")

// A day in May: users in two countries, and SMS pumping on one block of numbers.
var evening = time.Date(2026, 5, 4, 18, 0, 0, 0, time.UTC)

// day records the steps of a day.
func day(t *testing.T, s *svc.ServiceContext) {
	t.Helper()
	networks := 0
	record := func(before time.Duration, number string, use bool) {
		address, err := address.ParsePhone(number, "")
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprint(number, before)
		s.Timeline.Now = func() time.Time { return evening.Add(-before) }
		s.Audit.Now = func() time.Time { return evening.Add(20*time.Millisecond - before) }
		networks++
		client := netip.AddrFrom4([4]byte{10, byte(networks >> 8), byte(networks), 1})
		e := event.Event{Kind: event.CodeAsked, OtpID: id, Send: 1, Address: address, Channel: "sms", Reason: event.ForLogin}
		s.Timeline.Keep(context.Background(), e)
		s.Audit.Keep(reqctx.WithClient(context.Background(), reqctx.Client{IP: client}), e)
		e.Kind = event.MessageQueued
		s.Timeline.Keep(context.Background(), e)
		if use {
			e.Kind, e.Send = event.CodeVerified, 0
			s.Timeline.Keep(context.Background(), e)
		}
	}
	record(30*time.Hour, "+12025550100", false) // the previous day
	for i := range 40 {
		record(20*time.Hour-time.Duration(i)*time.Minute, fmt.Sprintf("+9198765%05d", 43000+i*100), i%4 != 0)
	}
	for i := range 300 {
		record(9*time.Hour-time.Duration(i)*time.Minute, fmt.Sprintf("+263771234%03d", i), i == 7 || i == 200)
	}
	address, _ := address.ParseEmail("ann@example.com")
	s.Timeline.Keep(context.Background(), event.Event{Kind: event.CodeAsked, OtpID: "mail", Address: address, Channel: "email"})
	// A service that shuts down waits a moment for unwritten data, not as long as it takes.
	if err := errors.Join(s.Timeline.Drain(t.Context()), s.Audit.Drain(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestGuard_replay(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  func(t *testing.T) string { return testkit.MySQL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "conf.yaml")
			yaml := fmt.Sprintf("Mode: test\nDataSource: %q\nOtp: {Pepper: %s}\nAuth: {AccessSecret: %s, RefreshSecret: %s}\n",
				source(t), strings.Repeat("c", 36), strings.Repeat("a", 36), strings.Repeat("b", 36))
			if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			inService(t, file, func(s *svc.ServiceContext) { day(t, s) })
			tell := func(args ...string) string {
				e, out, errs := env()
				e.Now = func() time.Time { return evening }
				if code := cli.Run(t.Context(), append([]string{"guard", "replay", "-f", file}, args...), e); code != cli.Done {
					t.Errorf("%v: exit code %d, %s", args, code, errs)
				}
				return out.String()
			}
			wantSample(t, tell("--since", "24h"))
			none := "\nof 341 sent, 0 would be stopped: about $0.00 saved, 0 false positives\n"
			if out := tell("--since", "48h", "--min-sent", "1000"); !strings.Contains(out, "of at least 1000 networks") || !strings.HasSuffix(out, none) {
				t.Errorf("with more to be sent first:\n%s", out)
			}
			if out := tell("--window", "10m", "--min-percent", "100", "--min-sent", "1"); !strings.Contains(out, "fewer than 100 % of at least 1 networks in 10m0s use a code") {
				t.Errorf("with a rule of its own:\n%s", out)
			}
			if out := tell("--since", "1h"); !strings.HasSuffix(out, "\nof 0 sent, 0 would be stopped: about $0.00 saved, 0 false positives\n") {
				t.Errorf("of an hour without a message:\n%s", out)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+t.TempDir()+"/none/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]int{
		"--since 0s": cli.Misused, "--window 9m": cli.Misused, "--min-sent 0": cli.Misused, "--min-percent 101": cli.Misused,
		"--since 1h": cli.Failed, // no such database
	} {
		if code, _, errs := command(append([]string{"guard", "replay", "-f", file}, strings.Fields(args)...)...); code != want {
			t.Errorf("%s: exit code %d, %s, want %d", args, code, errs, want)
		}
	}
}

// wantSample compares with the example in docs/guard.md.
func wantSample(t *testing.T, out string) {
	t.Helper()
	const page, begin, end = "../../docs/guard.md", "<!-- replay -->\n```\n", "```\n<!-- /replay -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	sample, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatal("docs/guard.md has no marks for the sample")
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+out+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(sample, out); diff != "" {
		t.Errorf("the sample of docs/guard.md is another; go test ./internal/cli -update writes it (-page +got):\n%s", diff)
	}
}
