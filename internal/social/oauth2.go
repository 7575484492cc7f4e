package social

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
)

// oauth2 is a provider of OAuth 2 that gives no id_token: who signs in is asked for with
// the access token. There is no native sign-in with one, since an access token says nothing
// of the application that it was given to.
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
	err = p.form(ctx, p.Userinfo.TokenURL, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
		"client_id": {p.ClientID}, "client_secret": {secret},
	}, &granted)
	if err != nil {
		return Identity{}, err
	}
	switch {
	case granted.Error != "": // with a 200, as Naver and GitHub answer
		return Identity{}, refusal(granted.Error)
	case granted.AccessToken == "":
		return Identity{}, unavailable("it gives no access token")
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
	who.Email, who.EmailProven = readEmail(email, verified, "", p.Authoritative)
	return who, nil
}

// primary is the first of the person's addresses, as GitHub lists them.
func (p *oauth2) primary(ctx context.Context, token string) (email string, verified bool, err error) {
	var all []struct {
		Email             string
		Primary, Verified bool
	}
	if err := p.query(ctx, p.Userinfo.EmailsURL, nil, token, &all); err != nil {
		return "", false, err
	}
	for _, one := range all {
		if one.Primary {
			return one.Email, one.Verified, nil
		}
	}
	return "", false, nil
}

// Verify fails: there is no token to verify.
func (p *oauth2) Verify(context.Context, string, string) (Identity, error) {
	return Identity{}, ErrUnsupported
}

// at is the member of nested objects that a dotted path names.
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

// textAt is a string, "" for whatever else is there.
func textAt(value any, path string) string {
	text, _ := at(value, path).(string)
	return text
}

// trueAt reports whether a provider says yes: as a boolean, or in the word "true".
func trueAt(value any, path string) bool {
	switch v := at(value, path).(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}

// subjectAt is what a person is known by: a text, or a whole number such as GitHub's ids.
func subjectAt(value any, path string) (string, bool) {
	switch v := at(value, path).(type) {
	case string:
		return v, validSubject(v)
	case json.Number: // of what has a fraction or an exponent there are many spellings
		return v.String(), strings.Trim(v.String(), "0123456789") == "" && validSubject(v.String())
	}
	return "", false
}
