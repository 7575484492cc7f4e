package social

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/locale"
)

// defaultScopes are used if none are configured.
var defaultScopes = []string{"openid", "email", "profile"}

// configErrors are the token endpoint errors that concern the configuration and not the code (RFC
// 6749 section 5.2).
var configErrors = []string{
	"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "server_error", "temporarily_unavailable",
	"incorrect_client_credentials", "redirect_uri_mismatch", // GitHub's
}

// oidc is an OpenID Connect provider.
type oidc struct {
	Options
	client *client
	// clients are the accepted audiences.
	clients []string
	// tenants means that each tenant has its own issuer.
	tenants bool
	// byHMAC additionally accepts id_tokens signed with the client secret. The algorithm determines
	// which kind of key is used, never the token's content.
	byHMAC   bool
	metadata *cached[metadata]
	keys     *cached[[]key]
}

func newOIDC(o Options, c *client) (Provider, error) {
	if o.Issuer == "" || o.ClientID == "" {
		return nil, errors.New("the issuer and the client id must be given")
	}
	if len(o.Scopes) == 0 {
		o.Scopes = defaultScopes
	}
	p := &oidc{Options: o, client: c, clients: append([]string{o.ClientID}, o.Audiences...), tenants: ManyTenants(o.Issuer)}
	p.metadata = &cached[metadata]{fetch: p.discover, now: c.Now}
	p.keys = &cached[[]key]{fetch: p.fetchKeys, now: c.Now}
	return p, nil
}

// AuthURL implements Provider.
func (p *oidc) AuthURL(ctx context.Context, b Begin) (string, error) {
	m, err := p.metadata.get(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(m.AuthURL)
	if err != nil {
		return "", unavailable("the authorization URL is malformed")
	}
	params := u.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": p.ClientID, "redirect_uri": b.RedirectURI, "scope": strings.Join(p.Scopes, " "),
		"state": b.State, "nonce": b.Nonce, "code_challenge": b.Challenge, "code_challenge_method": "S256",
	} {
		params.Set(name, value)
	}
	if b.Fresh {
		params.Set("prompt", "login")
		params.Set("max_age", "0")
	}
	if p.FormPost {
		params.Set("response_mode", "form_post")
	}
	u.RawQuery = params.Encode()
	return u.String(), nil
}

// Exchange implements Provider.
func (p *oidc) Exchange(ctx context.Context, code, verifier, nonce, redirectURI string) (Identity, error) {
	m, err := p.metadata.get(ctx)
	if err != nil {
		return Identity{}, err
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirectURI},
	}
	headers := http.Header{}
	if err := p.authenticate(m, form, headers); err != nil {
		return Identity{}, err
	}
	status, body, err := p.client.post(ctx, m.TokenURL, headers, form)
	if err != nil {
		return Identity{}, err
	}
	var answer struct {
		Error       string `json:"error"`
		AccessToken string `json:"access_token"`
		IDToken     string `json:"id_token"`
	}
	switch readable := readObject(body, &answer); {
	case readable && slices.Contains(configErrors, answer.Error):
		logx.WithContext(ctx).Errorw("social: the provider refuses our client id or secret", logx.Field("provider", p.Name), logx.Field("error", answer.Error))
		return Identity{}, unavailable("the provider refuses our client")
	case status/100 == 4:
		return Identity{}, refused("the provider refuses the code")
	case status != http.StatusOK || !readable || answer.IDToken == "":
		return Identity{}, unavailable("the response has no id_token")
	}
	t, err := p.verify(ctx, answer.IDToken, expected{nonce: nonce, needsNonce: true, accessToken: answer.AccessToken, code: code})
	if err != nil {
		return Identity{}, err
	}
	return p.identity(t), nil
}

// authenticate adds our client credentials: by HTTP Basic unless the provider accepts the secret
// only in the form, or just the client id if there is no secret.
func (p *oidc) authenticate(m metadata, form url.Values, headers http.Header) error {
	secret, err := p.Secret(p.client.Now())
	if err != nil {
		return unavailable("the client secret cannot be created")
	}
	switch {
	case secret == "":
		form.Set("client_id", p.ClientID)
	case slices.Contains(m.Methods, "client_secret_post"):
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", secret)
	default: // both are escaped first (RFC 6749 section 2.3.1)
		pair := url.QueryEscape(p.ClientID) + ":" + url.QueryEscape(secret)
		headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return nil
}

// Verify implements Provider.
func (p *oidc) Verify(ctx context.Context, idToken, nonce string) (Identity, error) {
	t, err := p.verify(ctx, idToken, expected{nonce: nonce})
	if err != nil {
		return Identity{}, err
	}
	return p.identity(t), nil
}

// CheckIssuer implements IssuerChecker.
func (p *oidc) CheckIssuer(ctx context.Context, issuer *string) error {
	m, err := p.metadata.get(ctx)
	switch {
	case err != nil:
		return err
	case issuer == nil && m.SendsIssuer, issuer != nil && !m.isIssuer(*issuer):
		return refused("the answer is from another provider")
	}
	return nil
}

// Probe implements Prober.
func (p *oidc) Probe(ctx context.Context) (string, error) {
	if _, err := p.metadata.get(ctx); err != nil {
		return "", err
	}
	if _, err := p.keys.get(ctx); err != nil {
		return "", err
	}
	return "the discovery document and the keys are valid", nil
}

// identity returns the user of a token. With tenants, the same subject may be somebody else in
// another tenant.
func (p *oidc) identity(t idToken) Identity {
	who := Identity{Subject: t.Subject, Name: t.Name}
	if p.tenants {
		who.Subject = t.Tenant + ":" + t.Subject
	}
	if at, ok := numericDate(t.AuthTime); ok {
		who.AuthTime = at
	}
	who.Locale, _ = locale.Canonical(t.Locale)
	who.Email, who.EmailProven = parseEmail(t.Email, bool(t.Verified), t.Hosted, p.Authoritative)
	return who
}
