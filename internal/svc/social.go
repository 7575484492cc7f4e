package svc

import (
	"context"
	"time"

	"user-api/internal/config"
	"user-api/internal/social"
)

// socialTimeout limits one request to a social sign-in provider. It is at most half of the
// request timeout, so that the client gets our response.
const socialTimeout = 3 * time.Second

// newSocial creates the social sign-in providers without contacting them.
func newSocial(c config.Config, now func() time.Time) (*social.Providers, error) {
	var rows []social.Options
	for _, p := range c.Social.Providers {
		o, err := socialOptions(p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, o)
	}
	return social.New(rows, social.Setup{Now: now, Timeout: min(socialTimeout, c.Timeout.Duration()/2)})
}

func socialOptions(p config.SocialProvider) (social.Options, error) {
	u := p.Userinfo
	o := social.Options{
		Name: p.Name, Kind: p.Kind, Issuer: p.Issuer, ClientID: p.ClientId,
		Secret:    func(time.Time) (string, error) { return p.ClientSecret, nil },
		Audiences: p.Audiences, Authoritative: p.Authoritative, Scopes: p.Scopes, Events: p.Events, AllowPrivate: p.AllowPrivate,
		Userinfo: social.Userinfo{
			AuthURL: u.AuthUrl, TokenURL: u.TokenUrl, URL: u.Url, EmailsURL: u.EmailsUrl,
			Subject: u.Subject, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name,
		},
		WeChat:  social.WeChat{MiniAppID: p.MiniAppId, MiniSecret: p.MiniSecret, OpenIDs: p.OpenIds},
		BaseURL: p.BaseUrl,
	}
	if p.Apple == (config.SocialApple{}) {
		return o, nil
	}
	// Apple shares addresses only if the response mode is form_post.
	o.FormPost = true
	var err error
	o.Secret, err = social.AppleSecret(p.Apple.TeamId, p.Apple.KeyId, p.ClientId, p.Apple.PrivateKeyFile)
	return o, err
}

// ProbeSocial requests the metadata of each social sign-in provider, each within the
// timeout.
func ProbeSocial(ctx context.Context, c config.Config, now func() time.Time, timeout time.Duration) []Finding {
	all, err := newSocial(c, now)
	if err != nil {
		return nil // the check at the start reports it
	}
	var found []Finding
	for _, p := range all.List() {
		f := Finding{About: "social sign-in by " + p.Name, Verdict: Pass}
		one, _ := all.Find(p.Name)
		ctx, cancel := context.WithTimeout(ctx, timeout)
		text, err := one.(social.Prober).Probe(ctx)
		cancel()
		if f.Text = text; err != nil {
			f.Verdict, f.Text = Fail, err.Error()
		}
		found = append(found, f)
	}
	if len(c.Social.Redirects) > 0 && !c.Auth.IssuerURL() {
		found = append(found, Finding{"social sign-in", Warn, "Social.Redirects requires Auth.Issuer to be the URL of the service, to which browsers return"})
	}
	return found
}
