package smtp_test

import (
	"testing"

	"user-api/internal/delivery/smtp"
)

// A mail in ASCII asks for no SMTPUTF8, also where the server offers it: the next
// server on the way may not know it, and would have to send the mail back.
func TestMailAsksForNoSMTPUTF8(t *testing.T) {
	s := start(t, func(o *setup) { o.utf8 = true })
	if got := ended(send(t, s.client(t), letter("otp.1"))); got != "sent" {
		t.Fatalf("Send: %s", got)
	}
	if s.received()[0].utf8 {
		t.Error("SMTPUTF8 was asked for")
	}
}

func TestSignsInByAMechanismInAnyLetterCase(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "plain", "Plain", "LOGIN", "login"} {
		s := start(t, func(o *setup) { o.mechanism = mechanism })
		if got := ended(send(t, s.client(t), letter("otp.1"))); got != "sent" {
			t.Errorf("%s: %s, want sent", mechanism, got)
		}
		wrong := s.client(t, func(o *smtp.Options) { o.Password = "wrong" })
		if got := ended(send(t, wrong, letter("otp.2"))); got != "permanent provider_credentials" {
			t.Errorf("%s with another password: %s, want permanent provider_credentials", mechanism, got)
		}
	}
	s := start(t, func(o *setup) { o.mechanism = "XOAUTH2" })
	if got := ended(send(t, s.client(t), letter("otp.1"))); got != "permanent provider_credentials" {
		t.Errorf("no mechanism of ours: %s, want permanent provider_credentials", got)
	}
}

func TestHello(t *testing.T) {
	for given, want := range map[string]string{"": "acme.example", "node-1.acme.example": "node-1.acme.example", "[192.0.2.1]": "[192.0.2.1]"} {
		s := start(t)
		send(t, s.client(t, func(o *smtp.Options) { o.Hello = given }), letter("otp.1"))
		if got := s.received(); len(got) != 1 || got[0].hello != want {
			t.Errorf("Hello %q: %+v, want one mail of %s", given, got, want)
		}
	}
	if _, err := smtp.New(smtp.Options{Host: "h", Port: 25, From: "a@b.example", TLS: smtp.None, Now: now, Hello: "a\r\nMAIL"}); err == nil {
		t.Error("a Hello of two lines: nil, want an error")
	}
}
