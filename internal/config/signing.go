package config

import (
	"net/url"
	"strings"
)

// The values of Auth.Signing.
const (
	SigningSecret = "HS256"
	SigningES256  = "ES256"
	SigningEdDSA  = "EdDSA"
)

// Limits of the schedule of signing keys, in seconds. Verifiers cache the keys for five
// minutes, and must learn of a new one well before it signs.
const (
	maxKeyLife    = 400 * 86400
	minKeyLifePro = 86400
	minKeyLife    = 30
	maxKeyLead    = 7 * 86400
	minKeyLeadPro = 600
	minKeyLead    = 10
)

// BySecret reports whether access tokens are signed with a secret, the default.
func (a Auth) BySecret() bool { return a.Signing == SigningSecret || a.Signing == "" }

// IssuerURL reports whether the issuer is a URL, under which clients find the keys and
// routes of the service.
func (a Auth) IssuerURL() bool {
	u, err := url.Parse(a.Issuer)
	return err == nil && u.Host != "" && u.User == nil && !strings.ContainsAny(a.Issuer, "?# ") && !strings.HasSuffix(a.Issuer, "/") &&
		(u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func (a Auth) checkSigning(k *checker) {
	k.option("Auth.Signing", a.Signing, SigningSecret, SigningES256, SigningEdDSA)
	life := k.between("Auth.KeyLife", int64(a.KeyLife), k.inPro(minKeyLifePro, minKeyLife), maxKeyLife, "seconds")
	lead := k.between("Auth.KeyLead", int64(a.KeyLead), k.inPro(minKeyLeadPro, minKeyLead), maxKeyLead, "seconds")
	if life && lead && 2*a.KeyLead > a.KeyLife {
		k.add("Auth.KeyLead", "must be at most half of KeyLife, %d seconds, is %d", a.KeyLife, a.KeyLead)
	}
	k.named("Auth.Issuer", a.Issuer)
	url := a.IssuerURL()
	switch {
	case (a.Signing == SigningES256 || a.Signing == SigningEdDSA) && !url:
		k.add("Auth.Issuer", "must be the URL of the service while Signing is %s, such as https://id.example.com, without query, fragment and trailing slash (http only on loopback), because clients find the keys below it; put the previous name into PrevIssuer, is %q", a.Signing, a.Issuer)
	case url && k.pro && !strings.HasPrefix(a.Issuer, "https:"):
		k.add("Auth.Issuer", "must be https in pro, is %q", a.Issuer)
	}
	if k.pro && !a.BySecret() && a.AccessSecret == "" && a.PrevAccessSecret != "" {
		k.add("Auth.PrevAccessSecret", "must be left out without AccessSecret, or be it: nothing verifies by it")
	}
	if len(a.PrevIssuer) > 255 {
		k.add("Auth.PrevIssuer", "must have at most 255 characters, has %d", len(a.PrevIssuer))
	}
	if a.PrevIssuer != "" && a.PrevIssuer == a.Issuer {
		k.add("Auth.PrevIssuer", "must differ from Issuer")
	}
}
