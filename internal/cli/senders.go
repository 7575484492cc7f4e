package cli

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/delivery/twilio"
	"user-api/internal/svc"
)

// messages looks at whatever sends to phones, be it the usual provider or one of a
// route.
func (d *doctor) messages(ctx context.Context) {
	const about = "text messages"
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if d.Uses(config.ProviderTwilio) {
		d.twilio(ctx)
	}
	if d.Uses(config.ProviderHTTP) {
		d.gateway(ctx)
	}
	switch {
	case !d.Uses(config.ProviderInbox):
	case d.Sms.Provider == config.ProviderInbox && len(d.Delivery.Routes) > 0:
		d.warn(about, "what no route fits is not sent: Sms.Provider is inbox")
	case d.Sms.Provider == config.ProviderInbox:
		d.warn(about, "none is sent: Sms.Provider is inbox")
	default:
		d.warn(about, "a route goes to the inbox: what it fits is not sent")
	}
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

func until(day string) string {
	if day == "" {
		return ", without an end"
	}
	return " until " + day
}

// twilio asks about the account, which sends nothing.
func (d *doctor) twilio(ctx context.Context) {
	const about = "Twilio"
	sender, err := svc.NewTwilio(d.Config, nil)
	if err != nil {
		return // said by the check of the start
	}
	account, err := sender.Check(ctx)
	switch {
	case errors.Is(err, twilio.ErrUntried):
		d.warn(about, "%s answers, but does not know the question about its account: the credentials were not tried", d.Sms.Twilio.BaseUrl)
	case err != nil:
		d.fail(about, "%v", err)
	case account.Trial:
		d.warn(about, "takes the credentials, but of a trial account: it sends to verified numbers alone")
	default:
		d.ok(about, "takes the credentials")
	}
	if d.Sms.Twilio.StatusCallbackUrl != "" {
		d.warn(about, "whether it reaches Sms.Twilio.StatusCallbackUrl was not tried")
	}
}

func (d *doctor) gateway(ctx context.Context) {
	const about = "gateway"
	sender, err := svc.NewGateway(d.Sms.Http, d.now)
	if err != nil {
		return // said by the check of the start
	}
	if err := sender.Check(ctx); err != nil {
		d.fail(about, "Sms.Http.Url: %v", err)
		return
	}
	d.warn(about, "answers; whether it takes the secret only a message would show, and none was sent")
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
	sender, err := svc.NewMail(mail, d.now)
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
