package interop

import (
	"fmt"
	"maps"
	"testing"

	"user-api/test/kit"
)

const (
	phone    = "+919811112222"
	audience = "user-api"
	redirect = "http://127.0.0.1:1/callback" // nothing listens there: nothing has to
)

// signings are the algorithms that others can verify.
var signings = []string{"ES256", "EdDSA"}

// service is a node whose issuer is the address it is found at.
type service struct {
	*kit.App
	issuer, signing string
}

func start(t *testing.T, signing string, options ...kit.Option) service {
	t.Helper()
	front := newFront(t)
	app := kit.New(t, kit.Embedded, append([]kit.Option{issuing(front.URL, signing)}, options...)...)
	front.to(t, app.URL)
	return service{App: app, issuer: front.URL, signing: signing}
}

// issuing is the configuration of an issuer.
func issuing(issuer, signing string) kit.Option {
	return kit.Option(fmt.Sprintf("Auth: {Signing: %s, Issuer: %q, Audience: %q}\n", signing, issuer, audience))
}

// eachSigning runs a test on a service of its own for each algorithm, both at once.
func eachSigning(t *testing.T, test func(t *testing.T, s service)) {
	t.Parallel()
	for _, signing := range signings {
		t.Run(signing, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, signing))
		})
	}
}

// object is what a script is given.
type object = map[string]any

// given is what a script is told of the service, and more.
func (s service) given(more object) object {
	all := object{"issuer": s.issuer, "audience": audience, "signing": s.signing, "redirect": redirect}
	maps.Copy(all, more)
	return all
}
