// Package carry is how the packages of this module hand each other the caller's token
// within a context. It is internal so that no code of a consumer's can write the token
// anywhere.
package carry

import "context"

// Key is the context key of what a request was let in with.
type Key struct{}

// Raw is what holds a token.
type Raw interface{ Raw() string }

// Token returns the token that the request of the context was let in with.
func Token(ctx context.Context) (string, bool) {
	if c, ok := ctx.Value(Key{}).(Raw); ok {
		return c.Raw(), true
	}
	return "", false
}
