package social

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
)

// oauth2 is an OAuth 2 provider without id_tokens: it asks for the user with the access token. It
// has no native sign-in, because an access token does not say for which application it was issued.
type oauth2 struct {
	Options
	*client
}

var _ Provider = (*oauth2)(nil)

func newOAuth2(o Options, c *client) (Provider, error) { return &oauth2{Options: o, client: c}, nil }

func (p *oauth2) AuthURL(_ context.Context, b Begin) (string, error) {
	q := url.Values{
		"response_type": {"code"}, "client_id": {p.ClientID}, "redirect_uri": {b.RedirectURI}, "state": {b.State},
		"code_challenge": {b.Challenge}, "code_challenge_method": {"S256"},
	}
	if len(p.Scopes) > 0 {
		q.Set("scope", strings.Join(p.Scopes, " "))
	}
	return withQuery(p.Userinfo.AuthURL, q)
}

func (p *oauth2) Exchange(ctx context.Context, code, verifier, _, redirectURI string) (Identity, error) {
	var granted struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	secret, err := p.Secret(p.Now())
	if err != nil {
		return Identity{}, err
	}
	status, body, err := p.post(ctx, p.Userinfo.TokenURL, nil, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
		"client_id": {p.ClientID}, "client_secret": {secret},
	})
	if err == nil {
		err = readJSON(status, body, &granted)
	}
	if err != nil {
		return Identity{}, err
	}
	switch {
	case granted.Error != "": // Naver and GitHub answer errors with status 200
		return Identity{}, refusal(granted.Error)
	case granted.AccessToken == "":
		return Identity{}, unavailable("the response has no access token")
	}
	var profile any
	if err := p.query(ctx, p.Userinfo.URL, nil, granted.AccessToken, &profile); err != nil {
		return Identity{}, err
	}
	subject, ok := subjectAt(profile, p.Userinfo.Subject)
	if !ok {
		return Identity{}, refused("the profile has no subject")
	}
	email, verified := textAt(profile, p.Userinfo.Email), trueAt(profile, p.Userinfo.EmailVerified)
	if p.Userinfo.EmailsURL != "" {
		if email, verified, err = p.primary(ctx, granted.AccessToken); err != nil {
			return Identity{}, err
		}
	}
	who := Identity{Subject: subject, Name: textAt(profile, p.Userinfo.Name)}
	who.Email, who.EmailProven = parseEmail(email, verified, "", p.Authoritative)
	return who, nil
}

// primary returns the user's primary address from GitHub's list.
func (p *oauth2) primary(ctx context.Context, token string) (email string, verified bool, err error) {
	var all []struct {
		Email             string
		Primary, Verified bool
	}
	if err := p.query(ctx, p.Userinfo.EmailsURL, nil, token, &all); err != nil {
		return "", false, err
	}
	for _, e := range all {
		if e.Primary {
			return e.Email, e.Verified, nil
		}
	}
	return "", false, nil
}

// Verify fails: there are no id_tokens.
func (p *oauth2) Verify(context.Context, string, string) (Identity, error) {
	return Identity{}, ErrUnsupported
}

// at returns the member of nested objects named by a dotted path.
func at(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, is := value.(map[string]any)
		if !is {
			return nil
		}
		value = object[name]
	}
	return value
}

// textAt returns the string at a path, or "".
func textAt(value any, path string) string {
	text, _ := at(value, path).(string)
	return text
}

// trueAt reports whether the value at a path is true or "true".
func trueAt(value any, path string) bool {
	switch v := at(value, path).(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}

// subjectAt returns the user id at a path: a string, or an integer such as GitHub's ids.
func subjectAt(value any, path string) (string, bool) {
	switch v := at(value, path).(type) {
	case string:
		return v, validSubject(v)
	case json.Number: // other numbers have several spellings
		return v.String(), strings.Trim(v.String(), "0123456789") == "" && validSubject(v.String())
	}
	return "", false
}
