package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/passkey/passkeytest"
	"user-api/internal/social/socialtest"
	"user-api/test/attack/measure"
	"user-api/test/kit"
)

// refusedAlike returns, for each route that takes a proof, requests for accounts in
// different states, which nobody may learn without signing in. If the account is gone or
// banned, the proof itself is valid.
var refusedAlike = map[string]map[string]func(*insider) kit.Request{
	"POST /user/login/passkey": {
		"known":   func(in *insider) kit.Request { return in.byPasskey(flipped) },
		"unknown": func(in *insider) kit.Request { return in.without().byPasskey(passkeytest.Cheat{}) },
		"banned":  func(in *insider) kit.Request { return in.ban().byPasskey(passkeytest.Cheat{}) },
		"erased":  func(in *insider) kit.Request { return in.erase().byPasskey(passkeytest.Cheat{}) },
		"removed": func(in *insider) kit.Request {
			call(in.App, "DELETE", "/user/passkeys/"+in.passkey, in.user.Access, nil).Want(in.t, 204, "")
			return in.byPasskey(passkeytest.Cheat{})
		},
		"no passkey": func(in *insider) kit.Request {
			return post("/user/login/passkey", object{"credential": object{"id": "AAAA"}})
		},
	},
	"POST /user/login/social": {
		"known":   func(in *insider) kit.Request { return bySite(in.work.IDToken(in.name, nil)) },
		"unknown": func(in *insider) kit.Request { return bySite(in.work.IDToken("nobody", nil)) },
		"banned":  func(in *insider) kit.Request { return bySite(in.ban().google.IDToken(in.name, nil)) },
		"expired": func(in *insider) kit.Request {
			return bySite(in.google.IDToken(in.name, socialtest.Claims{"exp": in.Clock.Now().Add(-time.Hour).Unix()}))
		},
		"used": func(in *insider) kit.Request {
			token := in.google.IDToken(in.name, nil)
			in.Do(bySite(token))
			return bySite(token)
		},
		"no token": func(in *insider) kit.Request { return bySite("x.y.z") },
	},
	"POST /user/login/mfa": {
		"unknown": func(in *insider) kit.Request { return in.bySecond(flip(in.first())) },
		"banned":  func(in *insider) kit.Request { first := in.first(); return in.ban().bySecond(first) },
		"erased":  func(in *insider) kit.Request { first := in.first(); return in.erase().bySecond(first) },
		"expired": func(in *insider) kit.Request {
			first := in.first()
			in.Advance(5*time.Minute + time.Second)
			return in.bySecond(first)
		},
		"used": func(in *insider) kit.Request {
			first := in.first()
			in.Do(in.bySecond(first)).Want(in.t, 200, "")
			in.Advance(time.Minute)
			return in.bySecond(first)
		},
		"no token": func(in *insider) kit.Request { return in.bySecond("x") },
	},
	"POST /user/login/mfa/enroll": {
		"known":    func(in *insider) kit.Request { return in.enrolling(in.first()) }, // a user who has a factor cannot set up another
		"unknown":  func(in *insider) kit.Request { return in.enrolling(flip(in.first())) },
		"banned":   func(in *insider) kit.Request { first := in.first(); return in.ban().enrolling(first) },
		"erased":   func(in *insider) kit.Request { first := in.first(); return in.erase().enrolling(first) },
		"no token": func(in *insider) kit.Request { return in.enrolling("x") },
	},
	"POST /user/login/passkey/options": {
		"unknown":  func(in *insider) kit.Request { return in.asked(flip(in.first())) },
		"banned":   func(in *insider) kit.Request { first := in.first(); return in.ban().asked(first) },
		"erased":   func(in *insider) kit.Request { first := in.first(); return in.erase().asked(first) },
		"no token": func(in *insider) kit.Request { return in.asked("x") },
	},
}

// Each route that takes a new proof gives the same refusal whatever the state of the
// account: status, header names and the whole body except random values.
func TestEnumeration_proofs(t *testing.T) {
	for route, classes := range refusedAlike {
		t.Run(route, func(t *testing.T) {
			eachProvable(t, func(t *testing.T, s *provable) {
				want, first := "", ""
				for i, class := range slices.Sorted(maps.Keys(classes)) {
					in := newInsider(t, s, fmt.Sprint("insider.", i), route)
					r := s.Do(classes[class](in))
					shape := measure.Shape(r.Status, r.Header, r.Body)
					if want == "" {
						want, first = shape, class
					}
					if diff := cmp.Diff(want, shape); diff != "" || r.Status != 401 {
						t.Errorf("%s differs from %s (-%[2]s +%[1]s):\n%[3]s", class, first, diff)
					}
				}
			})
		})
	}
}

// insider is a user of a route: with a google account, or with a password and a passkey,
// and with an authenticator app for second factors.
type insider struct {
	*provable
	t                   *testing.T
	name, passkey, totp string
	user                kit.Tokens
	key                 *passkeytest.Authenticator
}

func newInsider(t *testing.T, s *provable, name, route string) *insider {
	t.Helper()
	in := &insider{provable: s, t: t, name: name}
	if strings.HasSuffix(route, "/social") {
		made := s.Do(bySite(s.google.IDToken(name, nil)))
		made.Want(t, 200, "")
		in.user = made.Tokens()
		in.user.UserID = idOf(s.App, in.user)
	} else {
		in.user, in.key = enroll(t, s.App, name), passkeytest.New(provablePage, provableDomain)
		in.passkey = s.addPasskey(t, in.user, in.key, false)
	}
	if strings.Contains(route, "/mfa") || strings.HasSuffix(route, "/options") {
		in.totp, _ = enrolled(t, s.App, in.user.Access)
	}
	s.Advance(time.Minute)
	return in
}

func (in *insider) ban() *insider {
	in.t.Helper()
	if err := in.Service.Accounts.Ban(in.t.Context(), in.user.UserID, "a test", time.Time{}); err != nil {
		in.t.Fatal(err)
	}
	return in
}

func (in *insider) erase() *insider {
	in.t.Helper()
	if err := in.Service.Signin.Erase(in.t.Context(), in.user.UserID); err != nil {
		in.t.Fatal(err)
	}
	return in
}

// without returns an authenticator whose passkey is not registered.
func (in *insider) without() *insider {
	in.t.Helper()
	in.key = passkeytest.New(provablePage, provableDomain)
	in.addPasskey(in.t, in.user, in.key, true)
	return in
}

func (in *insider) byPasskey(cheat passkeytest.Cheat) kit.Request {
	return in.signs(in.t, in.key, cheat)
}

// first returns the token that replaces the first proof.
func (in *insider) first() string {
	in.t.Helper()
	first := byPassword(in.App, "username", in.name, passOne)
	first.Want(in.t, 401, "mfa_required")
	return first.Text("mfaToken")
}

func (in *insider) bySecond(first string) kit.Request {
	return post("/user/login/mfa", object{"mfaToken": first, "totp": totpCode(in.t, in.App, in.totp, 0)})
}

func (in *insider) enrolling(first string) kit.Request {
	return post("/user/login/mfa/enroll", object{"mfaToken": first})
}

func (in *insider) asked(first string) kit.Request {
	return post("/user/login/passkey/options", object{"mfaToken": first})
}

// flipped returns a signature with one bit changed.
var flipped = passkeytest.Cheat{Signature: func(s []byte) []byte {
	s = slices.Clone(s)
	s[len(s)-1] ^= 1
	return s
}}

// flip changes a letter in the middle of a token.
func flip(token string) string {
	at, letter := len(token)/2, byte('A')
	if token[at] == letter {
		letter = 'B'
	}
	return token[:at] + string(letter) + token[at+1:]
}
