package smtp_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/smtp"
)

// serverWords are the server's own words, which must not be in any error.
const serverWords = "go away, someone@example.org"

func now() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }

func letter(id string) delivery.Message {
	return delivery.Message{
		ID: id, To: "someone@example.org", Channel: delivery.Email, Subject: "Ihr Acme-Code für heute",
		Body: "Your Acme code is\n\n    739184\n\n.\nFür immer.\n", HTML: "<p>739184</p>\n", Code: "739184",
	}
}

func send(t *testing.T, s *smtp.Sender, m delivery.Message) *delivery.SendError {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return failure(t, s.Send(ctx, m))
}

func failure(t *testing.T, err error) *delivery.SendError {
	t.Helper()
	if err == nil {
		return nil
	}
	var failure *delivery.SendError
	if !errors.As(err, &failure) {
		t.Fatalf("Send: %v, want a SendError", err)
	}
	if strings.Contains(failure.Error(), "go away") || strings.Contains(failure.Error(), "someone@") {
		t.Errorf("the error contains the provider's words: %v", failure)
	}
	return failure
}

// ended returns class and reason of a failure.
func ended(f *delivery.SendError) string {
	if f == nil {
		return "sent"
	}
	return f.Class.String() + " " + f.Reason
}

func TestMessageArrives(t *testing.T) {
	for _, way := range []string{smtp.StartTLS, smtp.Implicit} {
		t.Run(way, func(t *testing.T) {
			s := start(t, func(o *setup) { o.implicit = way == smtp.Implicit })
			sender := s.client(t, func(o *smtp.Options) { o.TLS = way })
			if got := ended(send(t, sender, letter("otp.1"))); got != "sent" {
				t.Fatalf("Send: %s", got)
			}
			got := s.received()[0]
			if got.from != "no-reply@acme.example" || got.to != "someone@example.org" {
				t.Errorf("from %s to %s", got.from, got.to)
			}
			checkHeaders(t, got.data)
			checkParts(t, got.data, letter("otp.1"))
		})
	}
}

func checkHeaders(t *testing.T, data string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != letter("").Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
	for name, want := range map[string]string{
		"From": `"Acme" <no-reply@acme.example>`, "To": "<someone@example.org>",
		"Date": "Mon, 04 May 2026 03:02:01 +0000", "Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	id := m.Header.Get("Message-Id")
	if !strings.HasSuffix(id, "@acme.example>") || strings.Contains(id, "otp") || len(m.Header["Message-Id"]) != 1 {
		t.Errorf("Message-ID %q, want one at our domain that does not contain the challenge", id)
	}
}

func checkParts(t *testing.T, data string, want delivery.Message) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("it is %q (%v)", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, part := range []struct{ kind, text string }{{"text/plain", want.Body}, {"text/html", want.HTML}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("%s: %v", part.kind, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if got := strings.ReplaceAll(string(text), "\r\n", "\n"); err != nil || strings.TrimSpace(got) != strings.TrimSpace(part.text) {
			t.Errorf("%s: %q (%v), want %q", part.kind, got, err, part.text)
		}
		if got := p.Header.Get("Content-Type"); !strings.HasPrefix(got, part.kind) || !strings.Contains(strings.ToUpper(got), "UTF-8") {
			t.Errorf("part of %q, want %s in UTF-8", got, part.kind)
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("more than two parts (%v)", err)
	}
}

func TestMessageIDIsThatOfTheSend(t *testing.T) {
	s := start(t)
	sender := s.client(t)
	for _, id := range []string{"otp.1", "otp.1", "otp.2"} {
		send(t, sender, letter(id))
	}
	var ids []string
	for _, r := range s.received() {
		m, err := mail.ReadMessage(strings.NewReader(r.data))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-Id"))
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
		t.Errorf("Message-IDs %q, want the first two alike", ids)
	}
}

func TestServerIsVerified(t *testing.T) {
	tests := []struct {
		name   string
		setup  func(*setup)
		client func(*smtp.Options)
		want   string
	}{
		{"certificate of another host", func(o *setup) { o.host = "mail.other.example" }, nil, "permanent tls"},
		{"unknown authority", nil, func(o *smtp.Options) { o.RootCAs = x509.NewCertPool() }, "permanent tls"},
		{"unknown authority, implicit", func(o *setup) { o.implicit = true },
			func(o *smtp.Options) { o.RootCAs, o.TLS = x509.NewCertPool(), smtp.Implicit }, "permanent tls"},
		{"no STARTTLS", func(o *setup) { o.noTLS = true }, nil, "permanent tls"},
		{"a password in clear is refused, but to this machine", func(o *setup) { o.noTLS = true },
			func(o *smtp.Options) { o.TLS = smtp.None }, "sent"},
		{"wrong password", nil, func(o *smtp.Options) { o.Password = "wrong" }, "permanent provider_credentials"},
		{"plain text to a TLS port", func(o *setup) { o.noTLS = true },
			func(o *smtp.Options) { o.TLS = smtp.Implicit }, "retryable provider_unreachable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s *server
			if tt.setup != nil {
				s = start(t, tt.setup)
			} else {
				s = start(t)
			}
			sender := s.client(t, func(o *smtp.Options) {
				if tt.client != nil {
					tt.client(o)
				}
			})
			f := send(t, sender, letter("otp.1"))
			if got := ended(f); got != tt.want {
				t.Errorf("%s (%v), want %s", got, f, tt.want)
			}
			if tt.want != "sent" && len(s.received()) != 0 {
				t.Error("a message was sent")
			}
		})
	}
}

// Check goes as far as a message would, and sends none.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		server func(*setup)
		client func(*smtp.Options)
		want   string
	}{
		"well":           {nil, nil, "sent"},
		"implicit":       {func(o *setup) { o.implicit = true }, func(o *smtp.Options) { o.TLS = smtp.Implicit }, "sent"},
		"another host":   {func(o *setup) { o.host = "mail.other.example" }, nil, "permanent tls"},
		"no STARTTLS":    {func(o *setup) { o.noTLS = true }, nil, "permanent tls"},
		"wrong password": {nil, func(o *smtp.Options) { o.Password = "wrong" }, "permanent provider_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(o *setup) {
				if c.server != nil {
					c.server(o)
				}
			})
			sender := s.client(t, func(o *smtp.Options) {
				if c.client != nil {
					c.client(o)
				}
			})
			if got := ended(failure(t, sender.Check(t.Context()))); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if s.begun() != 0 {
				t.Error("a mail was started")
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct{ step, answer, want string }{
		{"mail", "421 4.3.2", "retryable throttled"},
		{"mail", "451 4.7.1", "retryable throttled"},
		{"mail", "550 5.7.1", "permanent sender"},
		{"mail", "530 5.7.0", "permanent provider_credentials"},
		{"rcpt", "450 4.2.1", "retryable rate_limited"},
		{"rcpt", "452 4.5.3", "retryable rate_limited"},
		{"rcpt", "550 5.1.1", "permanent invalid_address"},
		{"rcpt", "550", "permanent invalid_address"},
		{"rcpt", "553", "permanent invalid_address"},
		{"rcpt", "550 5.7.1", "permanent rejected"},
		{"rcpt", "552 5.2.2", "permanent rejected"},
		{"rcpt", "554 5.1.8", "permanent sender"},
		{"data", "451 4.3.0", "retryable rate_limited"},
		{"data", "554 5.7.1", "permanent rejected"},
		{"data", "550 5.1.1", "permanent invalid_address"},
	}
	for _, tt := range tests {
		t.Run(tt.step+" "+tt.answer, func(t *testing.T) {
			s := start(t)
			s.refuse = func(step string, n int) error {
				if step == tt.step && n == 1 {
					return reply(tt.answer)
				}
				return nil
			}
			sender := s.client(t)
			f := send(t, sender, letter("otp.1"))
			if got := ended(f); got != tt.want {
				t.Errorf("%s (%v), want %s", got, f, tt.want)
			}
			if f != nil && fmt.Sprint(f.Code) != tt.answer[:3] {
				t.Errorf("code %d, want %s", f.Code, tt.answer)
			}
			if got := ended(send(t, sender, letter("otp.2"))); got != "sent" {
				t.Errorf("the next message: %s, want sent", got)
			}
		})
	}
}

func TestLineBreaksAreRefused(t *testing.T) {
	s := start(t)
	sender := s.client(t)
	fields := map[string]func(*delivery.Message, string){
		"To":      func(m *delivery.Message, x string) { m.To = "someone" + x + "@example.org" },
		"To end":  func(m *delivery.Message, x string) { m.To += x },
		"Subject": func(m *delivery.Message, x string) { m.Subject += x },
		"ID":      func(m *delivery.Message, x string) { m.ID += x },
	}
	for name, set := range fields {
		for _, x := range []string{"\r\n", "\r", "\n", "\r\nBcc: other@example.org", "\x00"} {
			m := letter("otp.1")
			set(&m, x)
			if got := ended(send(t, sender, m)); got != "permanent internal" {
				t.Errorf("%s with %q: %s, want permanent internal", name, x, got)
			}
		}
	}
	for _, to := range []string{"", "a@b.example,c@d.example", "A <a@b.example>", "<a@b.example>", "a@b.example>", "ä@b.example", "a b@c.example"} {
		m := letter("otp.1")
		m.To = to
		if got := ended(send(t, sender, m)); got != "permanent internal" {
			t.Errorf("To %q: %s, want permanent internal", to, got)
		}
	}
	for name, set := range map[string]func(*delivery.Message){
		"Body": func(m *delivery.Message) { m.Body += "\r\n.\r\nMAIL FROM:<a@b.example>" },
		"HTML": func(m *delivery.Message) { m.HTML += "\r.\r" },
	} {
		m := letter("otp.1")
		set(&m)
		if got := ended(send(t, sender, m)); got != "permanent internal" {
			t.Errorf("%s: %s, want permanent internal", name, got)
		}
	}
	if n, _, total := s.connections(); n+total != 0 {
		t.Error("a connection was made")
	}
	for _, from := range []string{"", "Acme", "a@b.example, c@d.example", "\"A\r\nB\" <a@b.example>"} {
		if _, err := smtp.New(smtp.Options{Host: "h", Port: 25, From: from, TLS: smtp.None, Now: now}); err == nil {
			t.Errorf("From %q: nil, want an error", from)
		}
	}
}

func TestConnectionsAreFewAndReused(t *testing.T) {
	const mails, connections = 200, 4
	s := start(t)
	sender := s.client(t, func(o *smtp.Options) { o.Connections = connections })
	var wg sync.WaitGroup
	for n := range mails {
		wg.Go(func() {
			if got := ended(send(t, sender, letter(fmt.Sprintf("otp.%d", n)))); got != "sent" {
				t.Errorf("mail %d: %s", n, got)
			}
		})
	}
	wg.Wait()
	_, most, total := s.connections()
	if most > connections || total > connections || len(s.received()) != mails {
		t.Errorf("%d mails over %d connections, %d at once; want %d over at most %d", len(s.received()), total, most, mails, connections)
	}
}

func TestConnectionThatEndedIsReplaced(t *testing.T) {
	s := start(t)
	sender := s.client(t)
	for n := range 3 {
		if got := ended(send(t, sender, letter(fmt.Sprintf("otp.%d", n)))); got != "sent" {
			t.Errorf("mail %d: %s, want sent", n, got)
		}
		s.cutIdle()
	}
	if _, _, total := s.connections(); total != 3 {
		t.Errorf("%d connections, want 3", total)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	s := start(t)
	sender := s.client(t, func(o *smtp.Options) { o.Idle = 10 * time.Millisecond })
	send(t, sender, letter("otp.1"))
	deadline := time.Now().Add(time.Minute)
	for {
		if open, _, _ := s.connections(); open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("an idle connection is still open")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := ended(send(t, sender, letter("otp.2"))); got != "sent" {
		t.Errorf("the next: %s, want sent", got)
	}
}

func TestCutAfterDataIsAmbiguous(t *testing.T) {
	s := start(t)
	s.cut = true
	if got := ended(send(t, s.client(t), letter("otp.1"))); got != "ambiguous connection_lost" {
		t.Errorf("%s, want ambiguous connection_lost", got)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	if got := ended(send(t, s.client(t), letter("otp.1"))); got != "retryable provider_unreachable" {
		t.Errorf("%s, want retryable provider_unreachable", got)
	}
}
