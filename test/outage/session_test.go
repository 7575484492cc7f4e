package outage

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/smtp"
)

// relay is a real mail server that greylists, closes sessions and is slow.
type relay struct {
	port int

	mu sync.Mutex
	// now is the clock for greylisting, which ends until after the first attempt.
	now   func() time.Time
	until time.Duration
	first map[string]time.Time
	// tries holds the times of the attempts by recipient.
	tries map[string][]time.Time
	// closes is the number of mails of a session after which it answers 421 to MAIL.
	closes int
	// thinks is the delay after the final dot.
	thinks   time.Duration
	sessions int
	mails    int
}

type relaySession struct {
	r     *relay
	begun int
}

func newRelay(t *testing.T, now func() time.Time) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{port: l.Addr().(*net.TCPAddr).Port, now: now, first: map[string]time.Time{}, tries: map[string][]time.Time{}}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sessions++
		return &relaySession{r: r}, nil
	}))
	server.Domain = "relay.test"
	go func() { _ = server.Serve(l) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	return r
}

func (r *relay) sender(t *testing.T, change ...func(*smtp.Options)) *smtp.Sender {
	t.Helper()
	o := smtp.Options{Host: "127.0.0.1", Port: r.port, From: "no-reply@acme.example", TLS: smtp.None, Now: time.Now}
	for _, f := range change {
		f(&o)
	}
	s, err := smtp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *relaySession) Mail(string, *gosmtp.MailOptions) error {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.begun++; s.r.closes > 0 && s.begun > s.r.closes {
		return &gosmtp.SMTPError{Code: 421, EnhancedCode: gosmtp.EnhancedCode{4, 4, 2}, Message: "idle for too long"}
	}
	return nil
}

func (s *relaySession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	now := s.r.now()
	s.r.tries[to] = append(s.r.tries[to], now)
	if s.r.first[to].IsZero() {
		s.r.first[to] = now
	}
	if now.Sub(s.r.first[to]) < s.r.until {
		return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	}
	return nil
}

func (s *relaySession) Data(body io.Reader) error {
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	time.Sleep(s.r.thinks)
	s.r.mails++
	return nil
}

func (s *relaySession) Reset()        {}
func (s *relaySession) Logout() error { return nil }

// A greylisted code is tried again after 30, 60 and 120 s, and others do not wait for it.
func TestGreylisting(t *testing.T) {
	for _, tt := range []struct {
		until time.Duration
		want  string
		tries int
	}{
		{25 * time.Second, "sent", 2}, {55 * time.Second, "sent", 3}, {110 * time.Second, "sent", 4}, {time.Hour, "failed rate_limited", 4},
	} {
		var relay *relay
		r := newRig(t, 1, delivery.Email, func() []delivery.Sender {
			relay = newRelay(t, time.Now)
			return []delivery.Sender{relay.sender(t)}
		})
		relay.now, relay.until = r.clock.Now, tt.until
		begun := r.clock.Now()
		r.ask("grey", "someone@grey.example", delivery.Email, "")
		r.run(codeLife)
		if got := r.last("grey"); got != tt.want {
			t.Errorf("greylisted for %s: %q, want %s", tt.until, got, tt.want)
		}
		var at []time.Duration
		for _, try := range relay.tries["someone@grey.example"] {
			at = append(at, try.Sub(begun))
		}
		if len(at) != tt.tries {
			t.Fatalf("greylisted for %s: tried at %v, want %d tries", tt.until, at, tt.tries)
		}
		for i, want := range []time.Duration{0, 30, 60, 120}[:tt.tries] {
			if d := at[i] - want*time.Second; d < 0 || d > 5*time.Second {
				t.Errorf("tried at %v, want 0, 30, 60 and 120 s", at)
			}
		}
	}
}

// A session closed by the server is replaced without an error.
func TestSessionIsReused(t *testing.T) {
	relay := newRelay(t, time.Now)
	relay.closes = 2
	s := relay.sender(t)
	for n := range 5 {
		if err := s.Send(t.Context(), mail()); err != nil {
			t.Errorf("mail %d: %v", n, err)
		}
	}
	if relay.mails != 5 || relay.sessions != 3 {
		t.Errorf("%d mails in %d sessions, want 5 in 3", relay.mails, relay.sessions)
	}
}

// A server that takes 25 s after the final dot has accepted the mail. Here it is a moment,
// longer than the courier allows at other steps.
func TestFinalDot(t *testing.T) {
	relay := newRelay(t, time.Now)
	if got := relay.sender(t).Bound(); got <= 25*time.Second {
		t.Errorf("a send has %s, want more than 25s", got)
	}
	relay.thinks = 300 * time.Millisecond
	r := newRig(t, 1, delivery.Email, func() []delivery.Sender { return []delivery.Sender{relay.sender(t)} },
		func(o *delivery.Options) { o.Timeout = 100 * time.Millisecond })
	r.ask("slow", "someone@example.com", delivery.Email, "")
	r.run(time.Second)
	if got := r.last("slow"); got != "sent" {
		t.Errorf("%q, want sent", got)
	}
	hasty := relay.sender(t, func(o *smtp.Options) { o.Timeout = 50 * time.Millisecond })
	if hasty.Bound() != 50*time.Millisecond {
		t.Errorf("Email.Smtp.Timeout: %s, want 50ms", hasty.Bound())
	}
	var failure *delivery.SendError
	if err := hasty.Send(t.Context(), delivery.Message{}); !errors.As(err, &failure) || failure.Reason != delivery.ReasonInternal {
		t.Errorf("a message without recipient: %v", err)
	}
}

func mail() delivery.Message {
	return delivery.Message{
		ID: "otp.1", To: "someone@example.com", Channel: delivery.Email, Subject: "Code", Body: "739184", HTML: "<p>739184</p>",
		Code: "739184", ExpiresIn: codeLife, Language: "en",
	}
}
