package cli_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"user-api/internal/cli"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/svc"
)

const byTwilio = "Sms: {Provider: twilio, Twilio: {AccountSid: " + account + ", AuthToken: t0kenhunter2, From: '+15005550006', BaseUrl: '%s'}}\n"

// sendConf returns a configuration whose data directory does not exist: nothing is opened.
func sendConf(t *testing.T, yaml string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	text := "Mode: test\nDataSource: sqlite:" + dir + "/none/user.db\n" + yaml
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
			t.Error("a store was opened")
		}
	})
	return file
}

// One message is sent, once, and the provider's response is printed without secrets.
func TestSendTest(t *testing.T) {
	for name, c := range map[string]struct {
		answer twiliotest.Answer
		want   svc.TestResult
		said   string
	}{
		"accepted": {twiliotest.Created(), svc.TestResult{Accepted: true}, "send: twilio has accepted the message by sms to +91********10, with the ID SM"},
		"refused":  {twiliotest.Refused(400, 21211), svc.TestResult{Class: "permanent", Reason: "invalid_number", Code: 21211}, ": permanent: invalid_number (21211)"},
		"busy":     {twiliotest.RateLimited("1"), svc.TestResult{Class: "retryable", Reason: "throttled", Code: 20429}, ": retryable: throttled (20429)"},
		"cut off":  {twiliotest.Cut(), svc.TestResult{Class: "ambiguous", Reason: "connection_lost"}, ": ambiguous: connection_lost"},
	} {
		t.Run(name, func(t *testing.T) {
			api := twiliotest.New(t, account, account, "t0kenhunter2")
			file := sendConf(t, fmt.Sprintf(byTwilio, api.URL))
			code := cli.Failed
			if c.want.Accepted {
				code = cli.Done
			}
			api.Script(c.answer, c.answer)
			got, out, errs := command("send", "test", "--to", "098765 43210", "-f", file)
			if got != code || !strings.Contains(out, c.said) || strings.Contains(out+errs, "hunter2") || strings.Contains(out, phone) {
				t.Errorf("exit code %d, %q, %q", got, out, errs)
			}
			var result svc.TestResult
			got, out, _ = command("send", "test", "--to", phone, "--json", "-f", file)
			if err := json.Unmarshal([]byte(out), &result); err != nil || got != code || result.Accepted != (result.ID != "") {
				t.Fatalf("exit code %d, %q, %v", got, out, err)
			}
			c.want.Provider, c.want.Channel, c.want.To, c.want.ID = "twilio", "sms", "+91********10", result.ID
			if result != c.want {
				t.Errorf("got %+v, want %+v", result, c.want)
			}
			requests := api.Requests()
			if len(requests) != 2 || requests[0].Form.Get("To") != phone || !regexp.MustCompile(`\b[0-9]{6}\b`).MatchString(requests[0].Form.Get("Body")) {
				t.Errorf("requests %+v, want one each, with a code", requests)
			}
		})
	}
}

// A message that the service would not send is refused, with the reason.
func TestSendTest_refused(t *testing.T) {
	api := twiliotest.New(t, account, account, "t0kenhunter2")
	file := sendConf(t, fmt.Sprintf(strings.Replace(byTwilio, "Provider: twilio", "AllowedRegions: [IN, US], Provider: twilio", 1), api.URL))
	inbox := sendConf(t, "")
	for _, c := range []struct{ file, flags, want string }{
		{inbox, "--to " + phone, "the inbox sends nothing"},
		{inbox, "--to ann@example.com", "the inbox sends nothing"},
		{file, "--to " + phone + " --provider inbox", "the inbox sends nothing"},
		{file, "--to ann@example.com", "the inbox sends nothing"},
		{file, "--to " + phone + " --provider meta", `"meta" does not send these messages; the providers that do are twilio`},
		{file, "--to " + phone + " --channel voice", `"voice" is not a channel`},
		{file, "--to " + phone + " --channel email", `"email" is not a channel`},
		{file, "--to +4915123456789", "region_not_allowed"},
		{file, "--to 12", "invalid_phone"},
	} {
		code, out, errs := command(append([]string{"send", "test", "-f", c.file}, strings.Fields(c.flags)...)...)
		if code != cli.Failed || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d, %q, %q, want %q", c.flags, code, out, errs, c.want)
		}
	}
	if len(api.Requests()) > 0 {
		t.Errorf("the provider was asked: %+v", api.Requests())
	}
}

// An e-mail is sent, and the session ends with QUIT.
func TestSendTest_mail(t *testing.T) {
	got := make(chan string, 1)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letterbox{got: got}, nil }))
	server.Domain, server.TLSConfig, server.ErrorLog = "mail.test", &tls.Config{Certificates: []tls.Certificate{mailCertificate}}, log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	file := sendConf(t, fmt.Sprintf("Email: {Provider: smtp, Smtp: {Host: 127.0.0.1, Port: %d, From: no-reply@acme.example}}\n", l.Addr().(*net.TCPAddr).Port))
	code, out, errs := command("send", "test", "--to", "Ann@example.com", "-f", file)
	if code != cli.Done || !strings.Contains(out, "smtp has accepted the message by email to ") || !strings.Contains(out, "@acme.example\n") {
		t.Fatalf("exit code %d, %q, %q", code, out, errs)
	}
	id := strings.TrimSpace(out[strings.LastIndex(out, " ID ")+4:])
	if letter := <-got; !strings.Contains(letter, "Message-ID: <"+id+">") {
		t.Errorf("the letter does not have the printed ID %q:\n%s", id, letter)
	}
}

// letterbox is a session that accepts one mail.
type letterbox struct {
	smtp.Session
	got chan string
}

func (letterbox) Mail(string, *smtp.MailOptions) error { return nil }
func (letterbox) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (letterbox) Reset()                               {}
func (letterbox) Logout() error                        { return nil }

func (b letterbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	b.got <- string(text)
	return err
}
