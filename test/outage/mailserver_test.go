package outage

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"

	"time"
	"user-api/internal/delivery/smtp"
)

// Answers of a mailServer without a reply line.
const (
	silence = "silence"
	cut     = "cut"
)

// mailServer is a submission server at line level: the test chooses the reply at each step
// of a session.
type mailServer struct {
	listener net.Listener

	mu sync.Mutex
	// says is the answer at a step: connect, EHLO, AUTH, MAIL, RCPT, DATA or end, which is
	// after the final dot. It gets the recipient once that is known; an empty answer means
	// success.
	says func(step, to string) string
	// sessions and mails are what it has seen; mails are by recipient.
	sessions int
	begun    []string
	mails    map[string]int
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &mailServer{listener: l, mails: map[string]int{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go s.serve(conn)
		}
	}()
	return s
}

func (s *mailServer) sender(t *testing.T, change ...func(*smtp.Options)) *smtp.Sender {
	t.Helper()
	o := smtp.Options{
		Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, Username: "acme", Password: "secret",
		From: "no-reply@acme.example", TLS: smtp.None, Now: time.Now,
	}
	for _, f := range change {
		f(&o)
	}
	sender, err := smtp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

func (s *mailServer) set(says func(step, to string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says = says
}

// requests is the number of messages to the recipient that were begun, accepted that of the
// accepted ones.
func (s *mailServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.begun)
}

func (s *mailServer) accepted(to string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails[to]
}

// answer sends the reply at a step, and reports whether it was a success and whether the
// session continues.
func (s *mailServer) answer(conn net.Conn, step, to, well string) (fine, goesOn bool) {
	s.mu.Lock()
	said := ""
	if s.says != nil {
		said = s.says(step, to)
	}
	if step == "connect" {
		s.sessions++
	}
	if step == "RCPT" || step == "MAIL" && said != "" || step == "connect" && said != "" {
		s.begun = append(s.begun, to)
	}
	if step == "end" && said == "" {
		s.mails[to]++
	}
	s.mu.Unlock()
	fine = said == ""
	switch said {
	case "":
		said = well
	case cut:
		return false, false
	case silence:
		_, _ = conn.Read(make([]byte, 1)) // until the client gives up
		return false, false
	}
	_, err := conn.Write([]byte(said + "\r\n"))
	return fine, err == nil && !strings.HasPrefix(said, "421")
}

func (s *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	lines, to := bufio.NewScanner(conn), ""
	if _, goesOn := s.answer(conn, "connect", "", "220 mail.test"); !goesOn {
		return
	}
	for lines.Scan() {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		verb = strings.ToUpper(verb)
		if verb == "RCPT" {
			to = strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")
		}
		well := map[string]string{
			"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "AUTH": "235 2.7.0 welcome", "DATA": "354 go on", "QUIT": "221 bye",
		}[verb]
		if well == "" {
			well = "250 fine"
		}
		fine, goesOn := s.answer(conn, verb, to, well)
		if !goesOn {
			return
		}
		if verb != "DATA" || !fine {
			continue
		}
		for lines.Scan() && lines.Text() != "." {
		}
		if _, goesOn := s.answer(conn, "end", to, "250 2.0.0 taken"); !goesOn {
			return
		}
	}
}
