package delivery

import "context"

type acceptedKey struct{}

// WithAccepted returns a context in which take is called with the provider's id of a message
// once the provider has accepted it.
func WithAccepted(ctx context.Context, take func(id string)) context.Context {
	return context.WithValue(ctx, acceptedKey{}, take)
}

// Accepted hands the provider's id of a message to the function of WithAccepted. It is not
// logged because it is the provider's text.
func Accepted(ctx context.Context, id string) {
	if take, ok := ctx.Value(acceptedKey{}).(func(string)); ok && id != "" {
		take(id)
	}
}
