package cli

import (
	"context"
	"net/netip"
	"strings"

	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/svc"
)

// messages checks all providers of phone messages, the default one and those of routes, and
// the allowed countries.
func (d *doctor) messages(ctx context.Context) {
	d.found(svc.ProbeProviders(ctx, d.Config, d.now, checkTimeout))
	if len(d.Sms.AllowedRegions) == 0 {
		d.warn("countries", "all are allowed, and attackers can cause costs in each: set Sms.AllowedRegions")
	} else {
		d.ok("countries", "codes are sent to %s", strings.Join(d.Sms.AllowedRegions, ", "))
	}
	for _, t := range d.Otp.TestIdentities {
		if ends := t.Ends(); ends.IsZero() || d.now().Before(ends) {
			d.warn("test identities", "a fixed test code is active%s", until(t.Until))
		}
	}
}

// found reports findings about providers.
func (d *doctor) found(all []svc.Finding) {
	for _, f := range all {
		switch f.Verdict {
		case svc.Pass:
			d.ok(f.About, "%s", f.Text)
		case svc.Warn:
			d.warn(f.About, "%s", f.Text)
		default:
			d.fail(f.About, "%s", f.Text)
		}
	}
}

func until(day string) string {
	if day == "" {
		return ", without an end date"
	}
	return " until " + day
}

// mail connects to the mail server and authenticates; it sends nothing.
func (d *doctor) mail(ctx context.Context) {
	const about = "email"
	mail := d.Email.Smtp
	switch d.Email.Provider {
	case config.ProviderInbox:
		d.warn(about, "none are sent: Email.Provider is %s", d.Email.Provider)
		return
	case config.ProviderOff:
		d.ok(about, "off")
		return
	}
	sender, err := svc.NewMail(d.Email, d.now)
	if err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, checkTimeout)
		defer cancel()
		err = sender.Check(ctx)
	}
	switch {
	case err != nil:
		d.fail(about, "%s port %d: %v", mail.Host, mail.Port, err)
	case mail.Tls == config.TlsNone:
		d.warn(about, "%s responds, but codes are sent unencrypted: set Email.Smtp.Tls", mail.Host)
	case mail.Username == "":
		d.ok(about, "%s responds with a valid certificate; no credentials are configured", mail.Host)
	default:
		d.ok(about, "%s responds with a valid certificate and accepts the password", mail.Host)
	}
}

// captcha sends the provider a bogus token: a provider that rejects only the token has
// accepted our secret.
func (d *doctor) captcha(ctx context.Context) {
	const about = "captcha"
	verifier, err := svc.NewCaptcha(d.Captcha)
	switch {
	case err != nil:
		return // the check of the start reports it
	case verifier == nil:
		d.ok(about, "off")
		return
	}
	switch taken, err := verifier.Verify(ctx, captcha.BogusToken(d.Captcha.Provider), "", netip.Addr{}); {
	case err != nil:
		d.fail(about, "%v", err)
	case taken:
		d.warn(about, "%s accepts any token: it does not respond, or the secret is for tests", d.Captcha.Provider)
	default:
		d.ok(about, "%s responds and accepts the secret", d.Captcha.Provider)
	}
}

// breached looks up the most common password in the list of breached passwords.
func (d *doctor) breached(ctx context.Context) {
	const about = "breached passwords"
	list := svc.NewBreached(d.Passwords.Breached, d.now)
	if list == nil {
		d.ok(about, "off")
		return
	}
	switch err := list.Try(ctx); {
	case err == nil:
		d.ok(about, "the list responds")
	case d.Passwords.Breached.OnError == config.OnFailureAllow:
		d.warn(about, "%v: until then every password is accepted", err)
	default:
		d.fail(about, "%v: no password can be set", err)
	}
}
