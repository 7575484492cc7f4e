package smtp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"user-api/internal/delivery/smtp"
)

// verified verifies the signature of a mail with the published key; nil means that it is valid.
func verified(t *testing.T, mail string, key *rsa.PrivateKey) error {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	record := "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
	found, err := dkim.VerifyWithOptions(strings.NewReader(mail), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != "mail-2027._domainkey.acme.example" {
			t.Errorf("the key is looked up at %s", name)
		}
		return []string{record}, nil
	}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d signatures (%v) in:\n%s", len(found), err, mail)
	}
	// For verification with another program: USER_API_TEST_DKIM names a folder.
	if folder := os.Getenv("USER_API_TEST_DKIM"); folder != "" && found[0].Err == nil {
		for name, text := range map[string]string{"mail.eml": mail, "record.txt": record} {
			if err := os.WriteFile(folder+"/"+name, []byte(text), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	return found[0].Err
}

// Mail is signed by the domain, and the signature covers everything that a reader sees.
func TestMailIsSigned(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	sender := s.client(t, func(o *smtp.Options) {
		o.DKIM = &smtp.DKIM{Domain: "acme.example", Selector: "mail-2027", Key: key}
	})
	m := letter("otp.1")
	m.Body += strings.Repeat("A line that is longer than what one line of a mail may have. ", 40) + "\n.dot\n\n\n"
	if got := ended(send(t, sender, m)); got != "sent" {
		t.Fatalf("Send: %s", got)
	}
	mail := s.received()[0].data
	if err := verified(t, mail, key); err != nil {
		t.Fatalf("the signature is wrong: %v\n%s", err, mail)
	}
	_, rest, _ := strings.Cut(mail, "\r\n\r\n")
	header := strings.TrimSuffix(mail, rest)
	for name, changed := range map[string]string{
		"From":       strings.Replace(mail, "no-reply@acme.example>\r\n", "no-reply@acme.example.evil>\r\n", 1),
		"To":         strings.Replace(mail, "<someone@", "<other@", 1),
		"Subject":    strings.Replace(mail, "Subject: ", "Subject: Re: ", 1),
		"Date":       strings.Replace(mail, "04 May", "05 May", 1),
		"body":       strings.Replace(mail, "739184", "739185", 1),
		"a From":     "From: other@acme.example\r\n" + mail,
		"a Subject":  "Subject: other\r\n" + mail,
		"a Reply-To": "Reply-To: other@evil.example\r\n" + mail,
		"a type":     "Content-Type: text/plain\r\n" + mail,
		"the end":    mail + "more\r\n",
	} {
		if changed == mail {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := verified(t, changed, key); err == nil {
			t.Errorf("with another %s the signature is still valid", name)
		}
	}
	for name, changed := range map[string]string{
		"a trace":            "Received: from a by b\r\n" + mail,
		"white space":        strings.Replace(mail, "Subject: ", "Subject:   ", 1),
		"a Message-Id":       strings.Replace(mail, "Message-Id", "X-Original-Message-Id", 1),
		"empty lines at end": header + rest + "\r\n\r\n",
	} {
		if err := verified(t, changed, key); err != nil {
			t.Errorf("%s that a server adds breaks the signature: %v", name, err)
		}
	}
}

func TestMailIsNotSignedWithoutAKey(t *testing.T) {
	s := start(t)
	send(t, s.client(t), letter("otp.1"))
	if got := s.received()[0].data; strings.Contains(got, "DKIM-Signature") {
		t.Errorf("signed:\n%s", got)
	}
}
