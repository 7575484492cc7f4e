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
	// LineIssuer is who LINE's id_tokens are of.
	LineIssuer = "https://access.line.me"
	lineAPI    = "https://api.line.me"

	// algHS256 is LINE's alone.
	algHS256 = "HS256"
)

// newLine makes LINE Login. Its discovery says ES256, and so it is for tokens of its SDKs,
// but what its token endpoint gives out is HS256 under the channel's secret. LINE says of no
// address that it has verified it. Nothing is discovered: the addresses are in LINE's
// reference.
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

// verifyHMAC compares a signature under the secret of the client, which was never published
// as a key: what is published can be no secret.
func (p *oidc) verifyHMAC(t idToken) error {
	secret, err := p.Secret(p.client.Now())
	if err != nil || secret == "" {
		return unavailable("there is no secret to verify by")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t.signing))
	if !hmac.Equal(mac.Sum(nil), t.signature) {
		return refused("the signature is wrong")
	}
	return nil
}
