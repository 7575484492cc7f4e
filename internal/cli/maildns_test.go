package cli_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/cli"
	"user-api/internal/testkit"
)

// dns serves TXT records. Lookups of "down" fail.
type dns map[string][]string

func (d dns) LookupTXT(_ context.Context, name string) ([]string, error) {
	found, ok := d[strings.TrimSuffix(name, ".")]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case len(found) == 1 && found[0] == "down":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return found, nil
}

// dkimKey returns a private key for the configuration and its published record.
func dkimKey(t *testing.T) (private, public string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return strings.TrimSpace(string(text)), base64.StdEncoding.EncodeToString(der)
}

// The records that receivers look up are checked, and a missing record is printed as a line
// of a zone file.
func TestDoctor_mailRecords(t *testing.T) {
	key, public := dkimKey(t)
	_, other := dkimKey(t)
	const from, signed = "mail.acme.example", "s._domainkey.acme.example"
	record := "v=DKIM1; k=rsa; p=" + public
	quoted := regexp.QuoteMeta(signed + `. IN TXT "` + record[:255] + `" "` + record[255:] + `"`)
	good := func(name string, texts ...string) dns {
		d := dns{
			from:   {"google-site-verification=x", "v=spf1 include:_spf.acme.example -all"},
			signed: {"v=DKIM1; h=sha256; k=rsa; p=" + public[:40] + " " + public[40:]}, "_dmarc.acme.example": {"v=DMARC1; p=reject; rua=mailto:d@acme.example"},
		}
		if d[name] = texts; texts == nil {
			delete(d, name)
		}
		return d
	}
	for _, tt := range []struct {
		name   string
		dns    dns
		unwell bool
		line   string
	}{
		{"SPF", good("x"), false, "ok    SPF: mail.acme.example declares"},
		{"DKIM", good("x"), false, "ok    DKIM: s._domainkey.acme.example has the signing key"},
		{"DMARC of the domain above", good("x"), false, "ok    DMARC: _dmarc.acme.example .*policy reject"},
		{"DMARC of the domain", good("_dmarc."+from, "v=DMARC1;p=none"), false, "ok    DMARC: _dmarc.mail.acme.example .*policy none"},
		{"no SPF", good(from), false, `warn  SPF: .*\n      mail\.acme\.example\. IN TXT "v=spf1 ip4:127\.0\.0\.1 ~all"$`},
		{"another text", good(from, "v=spf10 x", ""), false, "warn  SPF: .*add the record"},
		{"two of SPF", good(from, "v=spf1 -all", "V=SPF1 ~all"), false, "warn  SPF: .*2 records"},
		{"SPF for everybody", good(from, "v=spf1 +all"), false, "warn  SPF: .*allows anyone to send"},
		{"SPF not to be had", good(from, "down"), false, "warn  SPF: .*not looked up"},
		{"no key", good(signed), true, `FAIL  DKIM: .*\n      ` + quoted + `$`},
		{"another key", good(signed, "v=DKIM1; p="+other), true, `FAIL  DKIM: .*differs from.*\n      ` + quoted + `$`},
		{"a key that was withdrawn", good(signed, "v=DKIM1; p="), true, "FAIL  DKIM: .*differs from"},
		{"two keys", good(signed, record, "k=rsa; p="+other), true, "FAIL  DKIM: .*2 keys"},
		{"a key not to be had", good(signed, "down"), false, "warn  DKIM: .*not looked up"},
		{"no DMARC", good("_dmarc.acme.example"), false, `warn  DMARC: .*\n      _dmarc\.acme\.example\. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@acme\.example"$`},
		{"DMARC not to be had", good("_dmarc."+from, "down"), false, "warn  DMARC: .*not looked up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, code := visitBy(t, tt.dns, mailFrom(t, "no-reply@mail.acme.example",
				fmt.Sprintf("Dkim: {Domain: acme.example, Selector: s, Key: %q}", key)))
			wantLine(t, out, tt.line)
			if failed := strings.Contains(out, "FAIL  DKIM"); failed != tt.unwell || failed && code != cli.Failed {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if strings.Contains(out, "PRIVATE") {
				t.Errorf("the key is printed:\n%s", out)
			}
		})
	}
	out, _ := visitBy(t, good("x"), mailFrom(t, "no-reply@mail.acme.example", ""))
	wantLine(t, out, "warn  DKIM: mail is not signed here: make sure that 127.0.0.1 signs for mail.acme.example")
	out, _ = visitBy(t, dns{}, "Mode: test\nDataSource: sqlite:"+t.TempDir()+"/user.db\n")
	if strings.Contains(out, "SPF") {
		t.Errorf("records were looked up though no e-mail is sent:\n%s", out)
	}
}

// visitBy runs doctor with a resolver.
func visitBy(t *testing.T, resolver dns, yaml string) (out string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "conf.yaml")
	text := fmt.Sprintf("Port: %d\nDevServer: {Enabled: false}\n%s", testkit.FreePort(t), yaml)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e, printed, _ := env()
	e.DNS = resolver
	code = cli.Run(t.Context(), []string{"doctor", "-f", file}, e)
	return printed.String(), code
}

// mailFrom returns a configuration with a server that does not exist.
func mailFrom(t *testing.T, from, more string) string {
	t.Helper()
	return fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nEmail:\n  Provider: smtp\n  Smtp: {Host: 127.0.0.1, Port: 1, From: %s}\n  %s\n",
		t.TempDir(), from, more)
}
