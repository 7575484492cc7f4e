package delivery

import "context"

type acceptedKey struct{}

// WithAccepted has take called with the provider's own name for a message once the
// provider has accepted it and told one.
func WithAccepted(ctx context.Context, take func(id string)) context.Context {
	return context.WithValue(ctx, acceptedKey{}, take)
}

// Accepted tells the provider's own name for a message. It goes to whoever waits for
// it, and into no log: it is the provider's text.
func Accepted(ctx context.Context, id string) {
	if take, ok := ctx.Value(acceptedKey{}).(func(string)); ok && id != "" {
		take(id)
	}
}
