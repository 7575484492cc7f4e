package cli

import (
	"context"
	"net/netip"
	"strings"

	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/svc"
)

// messages looks at whatever sends to phones, be it the usual provider or one of a
// route, and at whom it may send to.
func (d *doctor) messages(ctx context.Context) {
	d.found(svc.LookAtProviders(ctx, d.Config, d.now, patience))
	if len(d.Sms.AllowedRegions) == 0 {
		d.warn("countries", "all are open, and each is a bill somebody else can run up: set Sms.AllowedRegions")
	} else {
		d.ok("countries", "codes go to %s", strings.Join(d.Sms.AllowedRegions, ", "))
	}
	for _, t := range d.Otp.TestIdentities {
		if ends := t.Ends(); ends.IsZero() || d.now().Before(ends) {
			d.warn("test identities", "a fixed test code is active%s", until(t.Until))
		}
	}
}

// found prints what was found of providers.
func (d *doctor) found(all []svc.Finding) {
	for _, f := range all {
		switch f.Verdict {
		case svc.Fine:
			d.ok(f.About, "%s", f.Text)
		case svc.Doubt:
			d.warn(f.About, "%s", f.Text)
		default:
			d.fail(f.About, "%s", f.Text)
		}
	}
}

func until(day string) string {
	if day == "" {
		return ", without an end"
	}
	return " until " + day
}

// mail connects to the server and signs in; it sends nothing.
func (d *doctor) mail(ctx context.Context) {
	const about = "e-mail"
	mail := d.Email.Smtp
	switch d.Email.Provider {
	case config.ProviderInbox:
		d.warn(about, "none is sent: Email.Provider is %s", d.Email.Provider)
		return
	case config.ProviderOff:
		d.ok(about, "off")
		return
	}
	sender, err := svc.NewMail(d.Email, d.now)
	if err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
		err = sender.Check(ctx)
	}
	switch {
	case err != nil:
		d.fail(about, "%s port %d: %v", mail.Host, mail.Port, err)
	case mail.Tls == config.TlsNone:
		d.warn(about, "%s answers, but codes travel in clear: set Email.Smtp.Tls", mail.Host)
	case mail.Username == "":
		d.ok(about, "%s answers, and its certificate is right; nobody signs in", mail.Host)
	default:
		d.ok(about, "%s answers, its certificate is right, and it takes the password", mail.Host)
	}
}

// captcha asks the provider about a bogus token: a provider that rejects only the
// token has accepted our secret.
func (d *doctor) captcha(ctx context.Context) {
	const about = "captcha"
	verifier, err := svc.NewCaptcha(d.Captcha)
	switch {
	case err != nil:
		return // said by the check of the start
	case verifier == nil:
		d.ok(about, "off")
		return
	}
	switch taken, err := verifier.Verify(ctx, captcha.BogusToken(d.Captcha.Provider), "", netip.Addr{}); {
	case err != nil:
		d.fail(about, "%v", err)
	case taken:
		d.warn(about, "%s takes any token: it does not answer, or the secret is one for tests", d.Captcha.Provider)
	default:
		d.ok(about, "%s answers and takes the secret", d.Captcha.Provider)
	}
}

// breached asks the list of breached passwords for the commonest one.
func (d *doctor) breached(ctx context.Context) {
	const about = "breached passwords"
	list := svc.NewBreached(d.Passwords.Breached, d.now)
	if list == nil {
		d.ok(about, "not looked for")
		return
	}
	switch err := list.Try(ctx); {
	case err == nil:
		d.ok(about, "the list answers")
	case d.Passwords.Breached.OnError == config.OnFailureAllow:
		d.warn(about, "%v: meanwhile every password is taken", err)
	default:
		d.fail(about, "%v: no password can be set", err)
	}
}
