package smtp_test

import (
	"net/mail"
	"strings"
	"testing"

	"user-api/internal/delivery/smtp"
)

// An ASCII mail does not request SMTPUTF8, even if the server offers it: the next server may
// not support it and would have to bounce the mail.
func TestMailAsksForNoSMTPUTF8(t *testing.T) {
	s := start(t, func(o *setup) { o.utf8 = true })
	if got := ended(send(t, s.client(t), letter("otp.1"))); got != "sent" {
		t.Fatalf("Send: %s", got)
	}
	if s.received()[0].utf8 {
		t.Error("SMTPUTF8 was requested")
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
		t.Errorf("no supported mechanism: %s, want permanent provider_credentials", got)
	}
}

// Unusual addresses work like any other, each quoted according to RFC 5321.
func TestOddAddresses(t *testing.T) {
	s := start(t)
	sender := s.client(t)
	for n, to := range []string{"+someone@example.org", "so..me.one@docomo.ne.jp", "someone.@ezweb.ne.jp", "someone+tag@example.org", "so'me{one}@example.org"} {
		m := letter("otp.1")
		m.To = to
		if got := ended(send(t, sender, m)); got != "sent" {
			t.Errorf("%s: %s, want sent", to, got)
			continue
		}
		got := s.received()[n]
		header, err := mail.ReadMessage(strings.NewReader(got.data))
		if err != nil {
			t.Fatal(err)
		}
		in, err := header.Header.AddressList("To")
		if got.to != to || err != nil || len(in) != 1 || in[0].Address != to {
			t.Errorf("%s: sent to %s, To: %v (%v)", to, got.to, in, err)
		}
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
