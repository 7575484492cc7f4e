package cli

import (
	"context"

	"user-api/internal/config"
	"user-api/internal/svc"
)

// mail connects to the server and signs in; it sends nothing.
func (d *doctor) mail(ctx context.Context) {
	const about = "e-mail"
	server := d.Email.Smtp
	switch d.Email.Provider {
	case config.ProviderInbox:
		d.warn(about, "none is sent: Email.Provider is %s", d.Email.Provider)
		return
	case config.ProviderOff:
		d.ok(about, "off")
		return
	}
	sender, err := svc.NewMail(server, d.now)
	if err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
		err = sender.Check(ctx)
	}
	switch {
	case err != nil:
		d.fail(about, "%s port %d: %v", server.Host, server.Port, err)
	case server.Tls == config.TlsNone:
		d.warn(about, "%s answers, but codes travel in clear: set Email.Smtp.Tls", server.Host)
	case server.Username == "":
		d.ok(about, "%s answers, and its certificate is right; nobody signs in", server.Host)
	default:
		d.ok(about, "%s answers, its certificate is right, and it takes the password", server.Host)
	}
}
