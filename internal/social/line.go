package social

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
)

const (
	// LineIssuer is the issuer of LINE's id_tokens.
	LineIssuer = "https://access.line.me"
	lineAPI    = "https://api.line.me"

	// algHS256 is used only by LINE.
	algHS256 = "HS256"
)

// newLine returns a LINE Login provider. Its discovery document says ES256, which is true of tokens
// from its SDKs, but its token endpoint uses HS256 with the channel secret. LINE verifies no
// addresses. Nothing is discovered: the endpoints are from LINE's reference.
func newLine(o Options, c *client) (Provider, error) {
	if o.ClientID == "" {
		return nil, errors.New("the client id must be given")
	}
	o.Issuer = LineIssuer
	made, err := newOIDC(o, c)
	if err != nil {
		return nil, err
	}
	p := made.(*oidc)
	p.byHMAC = true
	api := cmp.Or(strings.TrimSuffix(o.BaseURL, "/"), lineAPI)
	known := metadata{
		Issuer: LineIssuer, AuthURL: LineIssuer + "/oauth2/v2.1/authorize", TokenURL: api + "/oauth2/v2.1/token", KeysURL: api + "/oauth2/v2.1/certs",
		Methods: []string{"client_secret_post"},
	}
	p.metadata.fetch = func(context.Context) (metadata, error) { return known, nil }
	return p, nil
}

// verifyHMAC verifies a signature with the client secret. Published keys are never used as secrets.
func (p *oidc) verifyHMAC(t idToken) error {
	secret, err := p.Secret(p.client.Now())
	if err != nil || secret == "" {
		return unavailable("there is no client secret to verify the signature")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t.signing))
	if !hmac.Equal(mac.Sum(nil), t.signature) {
		return refused("the signature is wrong")
	}
	return nil
}
