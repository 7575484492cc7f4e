package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
)

// minDkimKey is the minimum key size in bits that a signer should use (RFC 8301).
const minDkimKey = 2048

// selector matches one or more DNS labels.
var selector = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// errDkimKey reveals nothing about the key.
var errDkimKey = errors.New("be an RSA key of 2048 bits or more, as PEM or the base64 of it; large receivers verify no other kind")

// Dkim configures signing of email, for a mail server that does not sign. Set all three
// keys or none.
type Dkim struct {
	// Domain is the signing domain: the domain of Email.Smtp.From or a parent of it, as
	// DMARC requires.
	Domain string `json:",optional"`
	// Selector identifies the key within the domain.
	Selector string `json:",optional"`
	// Key is an RSA key, as PEM or as its base64 content.
	Key string `json:",optional,env=DKIM_KEY"`
}

// Signs reports whether this service signs email.
func (d Dkim) Signs() bool { return d.Domain != "" }

// PrivateKey parses Key. The error completes "must …" and contains nothing of the key.
func (d Dkim) PrivateKey() (*rsa.PrivateKey, error) {
	block, rest := pem.Decode([]byte(d.Key))
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(d.Key), ""))
	if block != nil {
		der, err = block.Bytes, nil
	}
	if err != nil || block != nil && strings.TrimSpace(string(rest)) != "" {
		return nil, errDkimKey
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, errDkimKey
		}
		key, _ = parsed.(*rsa.PrivateKey)
	}
	if key == nil || key.N.BitLen() < minDkimKey {
		return nil, errDkimKey
	}
	return key, nil
}

// check validates the options for mail sent from an address of domain.
func (d Dkim) check(k *checker, domain string, used bool) {
	const path = "Email.Dkim."
	if d == (Dkim{}) {
		return
	}
	switch {
	case !webDomain.MatchString(d.Domain):
		k.add(path+"Domain", "must be a domain such as example.com, in lower case, is %q", d.Domain)
	case domain != "" && domain != d.Domain && !strings.HasSuffix(domain, "."+d.Domain):
		k.add(path+"Domain", "must be the domain of Email.Smtp.From, or one above it, is %q", d.Domain)
	}
	if !selector.MatchString(d.Selector) {
		k.add(path+"Selector", "must be a name such as mail-2027, in lower case, is %q", d.Selector)
	}
	if _, err := d.PrivateKey(); d.Key != "" && err != nil {
		k.add(path+"Key", "must %v", err)
	} else if used && d.Key == "" {
		k.add(path+"Key", "is missing, set DKIM_KEY")
	}
}
