package smtp_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/smtp"
	"user-api/internal/event"
)

// challenges has one code to send, until it is settled.
type challenges struct {
	mu      sync.Mutex
	reports []string
	settled chan struct{}
}

func (c *challenges) Claim(context.Context, string, int, bool) (delivery.Outgoing, error) {
	select {
	case <-c.settled:
		return delivery.Outgoing{}, delivery.ErrGone
	default:
		return delivery.Outgoing{To: "someone@example.org", Channel: delivery.Email, Locale: "de", Purpose: "login", Code: "739184", ExpiresIn: 5 * time.Minute}, nil
	}
}

func (c *challenges) Report(_ context.Context, _ string, _ int, status delivery.Status, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports = append(c.reports, strings.TrimSpace(string(status)+" "+reason))
	if status != delivery.StatusQueued {
		close(c.settled)
	}
	return nil
}

// A permanent refusal, and a message that may have been accepted, is tried once. Temporary
// failures are in test/outage.
func TestCourierTriesOnce(t *testing.T) {
	tests := []struct {
		name   string
		refuse func(step string, n int) error
		cut    bool
		begun  int
		last   string
	}{
		{"accepted", nil, false, 1, "sent"},
		{"refused", func(string, int) error { return reply("550 5.7.1") }, false, 1, "failed sender"},
		{"cut after DATA", nil, true, 1, "failed connection_lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.refuse, s.cut = tt.refuse, tt.cut
			client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), Protocol: 2})
			t.Cleanup(func() { _ = client.Close() })
			store := &challenges{settled: make(chan struct{})}
			c, err := delivery.NewCourier(delivery.Options{
				Redis: client, Challenges: store, Events: event.New(), AppName: "Acme", Now: time.Now, Rand: rand.Reader,
				Senders: map[delivery.Channel]delivery.Sender{delivery.Email: s.client(t)},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if err := c.Enqueue(t.Context(), "otp", 1); err != nil {
				t.Fatal(err)
			}
			select {
			case <-store.settled:
			case <-time.After(30 * time.Second):
				t.Fatal("the send was not settled")
			}
			if got := s.begun(); got != tt.begun {
				t.Errorf("%d mails were begun, want %d", got, tt.begun)
			}
			if got := store.reports[len(store.reports)-1]; got != tt.last {
				t.Errorf("settled as %q, want %q", got, tt.last)
			}
			for _, r := range s.received() {
				if !strings.Contains(r.data, "Ihr Acme-Code") {
					t.Errorf("the mail is not in the requested language:\n%s", r.data)
				}
			}
		})
	}
}

// stalling answers the given lines of a conversation, and then nothing more.
func stalling(t *testing.T, answers ...string) (port int, silent <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	reached := make(chan struct{})
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = c.Close() })
		lines := bufio.NewReader(c)
		for i, answer := range answers {
			if i > 0 {
				if _, err := lines.ReadString('\n'); err != nil {
					return
				}
			}
			if _, err := c.Write([]byte(answer + "\r\n")); err != nil {
				return
			}
		}
		if answers != nil && answers[len(answers)-1] == "354 go on" {
			for line := ""; line != ".\r\n"; {
				if line, err = lines.ReadString('\n'); err != nil {
					return
				}
			}
		} else if answers != nil {
			_, _ = lines.ReadString('\n') // the line it does not answer
		}
		close(reached)
		_, _ = lines.ReadString(0)
	}()
	return l.Addr().(*net.TCPAddr).Port, reached
}

func TestServerThatStallsEndsWithTheContext(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		want    string
	}{
		{"before the greeting", nil, "retryable provider_unreachable"},
		{"after the greeting", []string{"220 hello"}, "retryable provider_unreachable"},
		{"at MAIL", []string{"220 hello", "250 hello"}, "retryable provider_unreachable"},
		{"at RCPT", []string{"220 hello", "250 hello", "250 ok"}, "retryable rate_limited"},
		{"at DATA", []string{"220 hello", "250 hello", "250 ok", "250 ok"}, "retryable rate_limited"},
		{"after the message", []string{"220 hello", "250 hello", "250 ok", "250 ok", "354 go on"}, "ambiguous timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			port, silent := stalling(t, tt.answers...)
			sender := (&server{port: port}).client(t, func(o *smtp.Options) {
				o.TLS, o.Username, o.Password, o.Connections = smtp.None, "", "", 1
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-silent
				cancel()
			}()
			if got := ended(failure(t, sender.Send(ctx, letter("otp.1")))); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			// The only connection is free again.
			if got := ended(failure(t, sender.Send(ctx, letter("otp.2")))); got != "retryable provider_unreachable" {
				t.Errorf("the next: %s", got)
			}
		})
	}
}

// A server with a malformed answer to the message may have accepted it.
func TestUnreadableAnswer(t *testing.T) {
	for _, answer := range []string{"nonsense", "251 strange"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			lines := bufio.NewReader(c)
			for _, a := range []string{"220 hello", "250 hello", "250 ok", "250 ok", "354 go on"} {
				_, _ = c.Write([]byte(a + "\r\n"))
				_, _ = lines.ReadString('\n')
			}
			for line := ""; line != ".\r\n"; {
				if line, err = lines.ReadString('\n'); err != nil {
					return
				}
			}
			_, _ = c.Write([]byte(answer + "\r\n"))
			_, _ = lines.ReadString(0)
		}()
		sender := (&server{port: l.Addr().(*net.TCPAddr).Port}).client(t, func(o *smtp.Options) {
			o.TLS, o.Username, o.Password = smtp.None, "", ""
		})
		if got := ended(send(t, sender, letter("otp.1"))); got != "ambiguous unreadable_answer" {
			t.Errorf("%q: %s, want ambiguous unreadable_answer", answer, got)
		}
	}
}
