// Package carry passes the caller's token between the packages of this module, in a context.
// It is internal so that code of consumers cannot read the token.
package carry

import "context"

// Key is the context key of an admitted request.
type Key struct{}

// Raw is implemented by the value of an admitted request.
type Raw interface{ Raw() string }

// Token returns the token of the request of a context.
func Token(ctx context.Context) (string, bool) {
	if c, ok := ctx.Value(Key{}).(Raw); ok {
		return c.Raw(), true
	}
	return "", false
}
