package config_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

// Every row is about email and breaks one rule, or none if want is empty.
func TestValidate_mail(t *testing.T) {
	const hello = "Email.Smtp.Hello: must be a host name, or an address such as [192.0.2.1] or [IPv6:2001:db8::1], is "
	const badLink = "Email.Link: must look like https://app.example.com/signin, of at most 500 ASCII characters, without user and fragment"
	const badKey = "Email.Dkim.Key: must be an RSA key of 2048 bits or more, as PEM or the base64 of it; large receivers verify no other kind"
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good1, good8 := keyText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), keyText("PRIVATE KEY", pkcs8(t, rsaKey))
	dkim := func(domain, selector, key string) func(*config.Email) {
		return func(e *config.Email) { e.Dkim = config.Dkim{Domain: domain, Selector: selector, Key: key} }
	}
	tests := []struct {
		name   string
		change func(*config.Email)
		want   string
	}{
		{"a name to say hello with", func(e *config.Email) { e.Smtp.Hello = "node-1.example.com" }, ""},
		{"an address to say hello with", func(e *config.Email) { e.Smtp.Hello = "[192.0.2.1]" }, ""},
		{"an IPv6 address to say hello with", func(e *config.Email) { e.Smtp.Hello = "[IPv6:2001:db8::1]" }, ""},
		{"hello by two words", func(e *config.Email) { e.Smtp.Hello = "a b" }, hello + `"a b"`},
		{"hello by an IPv6 address without its mark", func(e *config.Email) { e.Smtp.Hello = "[2001:db8::1]" }, hello + `"[2001:db8::1]"`},
		{"hello by half an address", func(e *config.Email) { e.Smtp.Hello = "[192.0.2.1" }, hello + `"[192.0.2.1"`},
		{"a link", func(e *config.Email) { e.Link = "https://app.example.com/signin?next=home" }, ""},
		{"a link to this host", func(e *config.Email) { e.Link = "http://localhost:3000/signin" }, ""},
		{"a link in clear", func(e *config.Email) { e.Link = "http://app.example.com/signin" }, `Email.Link: must be https (http only to loopback), is "http://app.example.com/signin"`},
		{"a link into an app", func(e *config.Email) { e.Link = "acme://signin" }, `Email.Link: must be https (http only to loopback), is "acme://signin"`},
		{"a link with a fragment", func(e *config.Email) { e.Link = "https://app.example.com/#/signin" }, badLink},
		{"a link with an empty fragment", func(e *config.Email) { e.Link = "https://app.example.com/#" }, badLink},
		{"a link with a user", func(e *config.Email) { e.Link = "https://u:hunter2@app.example.com/" }, badLink},
		{"a link with a space", func(e *config.Email) { e.Link = "https://app.example.com/sign in" }, badLink},
		{"a link of a path", func(e *config.Email) { e.Link = "/signin" }, badLink},
		{"a link where e-mail does not sign in", func(e *config.Email) { e.Link, e.SignIn = "https://app.example.com/", false }, "Email.Link: must be left out when Email.SignIn is false: the link signs in"},
		{"a signature", dkim("mail.example.com", "mail-2027", good1), ""},
		{"a signature of the domain above", dkim("example.com", "s1.mail", good8), ""},
		{"a key in one line", dkim("example.com", "s", base64.StdEncoding.EncodeToString(pkcs8(t, rsaKey))), ""},
		{"a signature of another domain", dkim("ample.com", "s", good1), `Email.Dkim.Domain: must be the domain of Email.Smtp.From, or one above it, is "ample.com"`},
		{"a signature of no domain", dkim("", "s", good1), `Email.Dkim.Domain: must be a domain such as example.com, in lower case, is ""`},
		{"no selector", dkim("example.com", "", good1), `Email.Dkim.Selector: must be a name such as mail-2027, in lower case, is ""`},
		{"no key", dkim("example.com", "s", ""), "Email.Dkim.Key: is missing, set DKIM_KEY"},
		{"a key that is none", dkim("example.com", "s", "hunter2"), badKey},
		{"half a key", dkim("example.com", "s", good1[:len(good1)/2]), badKey},
		{"two keys", dkim("example.com", "s", good1+"\n"+good8), badKey},
		{"a small key", dkim("example.com", "s", keyText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small))), badKey},
		{"an Ed25519 key", dkim("example.com", "s", keyText("PRIVATE KEY", pkcs8(t, edKey))), badKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good(t, "pro")
			c.Email.Provider = "smtp"
			c.Email.Smtp.Host, c.Email.Smtp.From = "smtp.example.com", "Acme <no-reply@mail.example.com>"
			c.Email.Smtp.Username, c.Email.Smtp.Password = "acme", "kQ4smtppw"
			tt.change(&c.Email)
			got := strings.Join(lines(t, c.Validate()), "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidate_languages(t *testing.T) {
	for _, tt := range []struct {
		languages []string
		want      string
	}{
		{[]string{"pt", "en", "zh-Hant"}, ""},
		{[]string{"PT-br"}, `Delivery.Languages[0]: must be a BCP 47 tag such as en or zh-Hant, is "PT-br"`},
		{[]string{"en", "en_US"}, `Delivery.Languages[1]: must be a BCP 47 tag such as en or zh-Hant, is "en_US"`},
		{[]string{"en", "pt", "en"}, `Delivery.Languages[2]: must not be named twice, is "en"`},
		{[]string{""}, `Delivery.Languages[0]: must be a BCP 47 tag such as en or zh-Hant, is ""`},
	} {
		c := good(t, "dev")
		c.Delivery.Languages = tt.languages
		if diff := cmp.Diff(tt.want, strings.Join(lines(t, c.Validate()), "\n")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.languages, diff)
		}
	}
}

func keyText(kind string, der []byte) string {
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
