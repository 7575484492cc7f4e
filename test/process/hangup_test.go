package process

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// leafEnds returns the expiry of the certificate at the address, for a client that sends a
// server name and for one that sends none.
func leafEnds(t *testing.T, address, name string) time.Time {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].NotAfter
}

// SIGHUP loads a new certificate immediately, and an unusable one is a line in the log.
// Without a signal the change is detected automatically.
func TestHangUp_certificate(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	first, second := time.Now().Add(30*24*time.Hour).UTC().Truncate(time.Second), time.Now().Add(60*24*time.Hour).UTC().Truncate(time.Second)
	port := testkit.FreePort(t)
	yaml := fmt.Sprintf("Mode: dev\nPort: %d\nDrain: 0\nDevServer: {Enabled: false}\n", port) + pair(t, h, 0o600, first, false)
	if err := os.WriteFile(h.path("tls.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	p := h.exec(t, "", "-f", "tls.yaml")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	await(t, time.Minute, "the service", func() bool {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	want := func(ends time.Time) {
		t.Helper()
		for _, name := range []string{"localhost", ""} {
			if got := leafEnds(t, address, name); !got.Equal(ends) {
				t.Errorf("to a client that names %q: a certificate until %v, want %v", name, got, ends)
			}
		}
	}
	want(first)

	pair(t, h, 0o600, second, true) // the key of another certificate
	p.signal(t, syscall.SIGHUP)
	await(t, exitTime, "a line that it is not reloaded", func() bool { return strings.Contains(p.out.String(), "the certificate cannot be reloaded") })
	want(first)
	pair(t, h, 0o600, second, false)
	p.signal(t, syscall.SIGHUP)
	await(t, exitTime, "a line that it is reloaded", func() bool { return strings.Contains(p.out.String(), "reloaded the certificate") })
	want(second)

	third := second.Add(24 * time.Hour)
	pair(t, h, 0o600, third, false)
	await(t, time.Minute, "the third certificate", func() bool { return leafEnds(t, address, "localhost").Equal(third) })
	want(third)
	p.terminate(t)
}

// Closing the terminal ends the service like SIGTERM.
func TestHangUp_withoutCertificate(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	tokens := p.signIn(t, number(1))
	p.signal(t, syscall.SIGHUP)
	p.endsWell(t, time.Now())
	p = h.start(t)
	p.refresh(t, tokens.Refresh).Want(t, 200, "")
	p.terminate(t)
}
