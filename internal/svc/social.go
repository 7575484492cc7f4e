package svc

import (
	"context"
	"time"

	"user-api/internal/config"
	"user-api/internal/social"
)

// socialTimeout bounds one request to a provider of social sign-in; of a shorter Timeout it
// is half, so that the answer to the client is ours.
const socialTimeout = 3 * time.Second

// newSocial makes the providers of social sign-in. It asks none of them.
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
	// Apple gives addresses to those alone whom it may answer by a form.
	o.FormPost = true
	var err error
	o.Secret, err = social.AppleSecret(p.Apple.TeamId, p.Apple.KeyId, p.ClientId, p.Apple.PrivateKeyFile)
	return o, err
}

// LookAtSocial asks each provider of social sign-in for what it says of itself, for as long
// as patience allows.
func LookAtSocial(ctx context.Context, c config.Config, now func() time.Time, patience time.Duration) []Finding {
	all, err := newSocial(c, now)
	if err != nil {
		return nil // a check of the start says so
	}
	var found []Finding
	for _, p := range all.List() {
		f := Finding{About: "social sign-in by " + p.Name, Verdict: Fine}
		one, _ := all.Find(p.Name)
		ctx, cancel := context.WithTimeout(ctx, patience)
		text, err := one.(social.Prober).Probe(ctx)
		cancel()
		if f.Text = text; err != nil {
			f.Verdict, f.Text = Fault, err.Error()
		}
		found = append(found, f)
	}
	if len(c.Social.Redirects) > 0 && !c.Auth.IssuerURL() {
		found = append(found, Finding{"social sign-in", Doubt, "Social.Redirects need Auth.Issuer to be the address of the service: browsers come back there"})
	}
	return found
}
