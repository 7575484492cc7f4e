package social_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

// eventSource returns the rig's provider as an EventSource.
func eventSource(t *testing.T, r rig) social.EventSource {
	t.Helper()
	source, ok := r.Provider.(social.EventSource)
	if !ok {
		t.Fatal("the provider sends no events")
	}
	return source
}

// Each event of Google and Apple has its action, in every format of the subject.
func TestRead(t *testing.T) {
	r := newRig(t, nil)
	p := eventSource(t, r)
	event := func(short, subject string, then social.Action) []social.Event {
		return []social.Event{{Provider: "google", Subject: subject, Type: short, Action: then, At: r.clock.Now()}}
	}
	about := func(kind string, e claims, more claims) string {
		c := claims{"events": claims{kind: e}}
		for name, value := range more {
			c[name] = value
		}
		return r.Event("", "", c)
	}
	hijacked := claims{"reason": "hijacking", "subject": claims{"format": "iss_sub", "iss": r.URL, "sub": "ann"}}
	for name, c := range map[string]struct {
		token string
		want  []social.Event
	}{
		"sessions":           {r.Event(socialtest.Risc+"sessions-revoked", "ann", nil), event("sessions-revoked", "ann", social.SignedOut)},
		"tokens":             {r.Event(socialtest.OAuth+"tokens-revoked", "ann", nil), event("tokens-revoked", "ann", social.SignedOut)},
		"one token":          {r.Event(socialtest.OAuth+"token-revoked", "", nil), event("token-revoked", "", social.Nothing)},
		"a session":          {r.Event(socialtest.Caep+"session-revoked", "ann", nil), event("session-revoked", "ann", social.SignedOut)},
		"a hijacked account": {r.Event(socialtest.Risc+"account-disabled", "ann", nil), event("account-disabled", "ann", social.SignedOut)},
		"a disabled account": {
			about(socialtest.Risc+"account-disabled", claims{"subject": hijacked["subject"], "reason": "bulk-account"}, nil),
			event("account-disabled", "ann", social.Nothing),
		},
		"an enabled account": {r.Event(socialtest.Risc+"account-enabled", "ann", nil), event("account-enabled", "ann", social.Nothing)},
		"a purged account":   {r.Event(socialtest.Risc+"account-purged", "ann", nil), event("account-purged", "ann", social.Deleted)},
		"a test":             {about(socialtest.Risc+"verification", claims{"state": "x"}, nil), event("verification", "", social.Nothing)},
		"an unknown event":   {about("https://example.com/<b>", claims{}, nil), event("unknown", "", social.Nothing)},
		"the newer form":     {about(socialtest.Risc+"account-disabled", hijacked, nil), event("account-disabled", "ann", social.SignedOut)},
		"the newest form": {
			about(socialtest.Risc+"sessions-revoked", claims{}, claims{"sub_id": hijacked["subject"]}), event("sessions-revoked", "ann", social.SignedOut),
		},
		"by the claims of an id_token": {
			about(socialtest.Risc+"sessions-revoked", claims{"subject": claims{"subject_type": "id_token_claims", "iss": r.URL, "sub": "ann"}}, nil),
			event("sessions-revoked", "ann", social.SignedOut),
		},
		"another issuer's subject": {
			about(socialtest.Risc+"sessions-revoked", claims{"subject": claims{"subject_type": "iss-sub", "iss": "https://example.com", "sub": "ann"}}, nil),
			event("sessions-revoked", "", social.SignedOut),
		},
		"a token as subject": {
			about(socialtest.Risc+"sessions-revoked", claims{"subject": claims{"subject_type": "oauth_token", "iss": r.URL, "sub": "ann"}}, nil),
			event("sessions-revoked", "", social.SignedOut),
		},
		"Apple, consent":        {r.AppleEvent("consent-revoked", "ann", nil), event("consent-revoked", "ann", social.SignedOut)},
		"Apple, an account":     {r.AppleEvent("account-delete", "ann", nil), event("account-delete", "ann", social.Deleted)},
		"Apple, as documented":  {r.AppleEvent("account-deleted", "ann", nil), event("account-deleted", "ann", social.Deleted)},
		"Apple, e-mail":         {r.AppleEvent("email-disabled", "ann", nil), event("email-disabled", "ann", social.Nothing)},
		"Apple, e-mail again":   {r.AppleEvent("email-enabled", "ann", nil), event("email-enabled", "ann", social.Nothing)},
		"Apple, without a text": {r.AppleEvent("", "", claims{"events": claims{"type": "consent-revoked", "sub": "ann"}}), event("consent-revoked", "ann", social.SignedOut)},
		"without a type of token": {
			r.Key().Sign(t, claims{"typ": nil}, r.EventClaims(socialtest.Risc+"sessions-revoked", "ann", nil)), event("sessions-revoked", "ann", social.SignedOut),
		},
		"an old one": {
			r.Event(socialtest.Risc+"sessions-revoked", "ann", claims{"iat": r.clock.Now().Add(-30 * 24 * time.Hour).Unix()}),
			[]social.Event{{Provider: "google", Subject: "ann", Type: "sessions-revoked", Action: social.SignedOut, At: r.clock.Now().Add(-30 * 24 * time.Hour)}},
		},
	} {
		got, err := p.Read(t.Context(), c.token)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Each token is invalid and refused with an error code of RFC 8935.
func TestRead_refused(t *testing.T) {
	r := newRig(t, nil)
	p := eventSource(t, r)
	good := r.Event(socialtest.Risc+"sessions-revoked", "ann", nil)
	parts := strings.Split(good, ".")
	with := func(changes claims) string { return r.Event(socialtest.Risc+"sessions-revoked", "ann", changes) }
	signed := func(header claims) string {
		return r.Key().Sign(t, header, r.EventClaims(socialtest.Risc+"sessions-revoked", "ann", nil))
	}
	by := func(k *socialtest.Key) string {
		return k.Sign(t, claims{"typ": "secevent+jwt"}, r.EventClaims(socialtest.Risc+"sessions-revoked", "ann", nil))
	}
	encode := base64.RawURLEncoding.EncodeToString
	now := r.clock.Now().Unix()
	many := claims{}
	for i := range 17 {
		many[socialtest.Risc+strings.Repeat("x", i+1)] = claims{}
	}
	for name, c := range map[string]struct{ token, want string }{
		"nothing":                   {"", social.EventMalformed},
		"two parts":                 {parts[0] + "." + parts[1], social.EventMalformed},
		"too long":                  {good + strings.Repeat("A", 20<<10), social.EventMalformed},
		"no signature":              {parts[0] + "." + parts[1] + ".", social.EventUnauthenticated},
		"alg none":                  {encode([]byte(`{"alg":"none","typ":"secevent+jwt"}`)) + "." + parts[1] + ".", social.EventMalformed},
		"alg HS256 by the secret":   {by(socialtest.NewKey(t, "HS256", "key-1")), social.EventMalformed},
		"another alg of the key":    {signed(claims{"typ": "secevent+jwt", "alg": "PS256"}), social.EventNoKey},
		"another key":               {by(socialtest.NewKey(t, "ES256", "key-1")), social.EventNoKey},
		"an unknown key":            {signed(claims{"typ": "secevent+jwt", "kid": "x"}), social.EventNoKey},
		"another body":              {parts[0] + "." + encode([]byte(`{}`)) + "." + parts[2], social.EventMalformed},
		"a critical extension":      {signed(claims{"typ": "secevent+jwt", "crit": []string{"x"}}), social.EventMalformed},
		"an access token":           {signed(claims{"typ": "at+jwt"}), social.EventMalformed},
		"a logout token":            {signed(claims{"typ": "logout+jwt"}), social.EventMalformed},
		"an id_token":               {r.IDToken("ann", nil), social.EventMalformed},
		"an id_token with a nonce":  {with(claims{"nonce": "n"}), social.EventMalformed},
		"another audience":          {with(claims{"aud": "evil"}), social.EventAudience},
		"no audience":               {with(claims{"aud": nil}), social.EventAudience},
		"another issuer":            {with(claims{"iss": "https://example.com"}), social.EventIssuer},
		"no issuer":                 {with(claims{"iss": nil}), social.EventIssuer},
		"no id":                     {with(claims{"jti": nil}), social.EventMalformed},
		"no time":                   {with(claims{"iat": nil}), social.EventMalformed},
		"issued in the future":      {with(claims{"iat": now + 60}), social.EventMalformed},
		"expired":                   {with(claims{"exp": now - 60}), social.EventMalformed},
		"no events":                 {with(claims{"events": nil}), social.EventMalformed},
		"events that are null":      {r.Key().SignText(t, `{"alg":"RS256","kid":"key-1"}`, `{"iss":"`+r.URL+`","aud":"`+socialtest.ClientID+`","jti":"x","iat":1,"events":null}`), social.EventMalformed},
		"an empty list of events":   {with(claims{"events": claims{}}), social.EventMalformed},
		"too many events":           {with(claims{"events": many}), social.EventMalformed},
		"an event that is a string": {with(claims{"events": claims{socialtest.Risc + "sessions-revoked": "x"}}), social.EventMalformed},
		"a string without an event": {with(claims{"events": "{}"}), social.EventMalformed},
		"a duplicate member":        {r.Key().SignText(t, `{"alg":"RS256","kid":"key-1","kid":"x"}`, `{}`), social.EventMalformed},
	} {
		_, err := p.Read(t.Context(), c.token)
		var refused *social.EventError
		if !errors.As(err, &refused) || !errors.Is(err, social.ErrRefused) || refused.Name != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// A new key is fetched, but at most once a minute however many tokens are forged. An unavailable
// provider is not a refusal.
func TestRead_keys(t *testing.T) {
	r := newRig(t, nil)
	p := eventSource(t, r)
	if _, err := p.Read(t.Context(), r.Event(socialtest.Risc+"sessions-revoked", "ann", nil)); err != nil {
		t.Fatal(err)
	}
	r.clock.advance(2 * time.Minute)
	r.Publish(socialtest.NewKey(t, "ES256", "key-2"))
	if _, err := p.Read(t.Context(), r.Event(socialtest.Risc+"sessions-revoked", "ann", nil)); err != nil {
		t.Errorf("with a new key: %v", err)
	}
	asked := r.Asked("/jwks")
	for range 20 {
		forged := socialtest.NewKey(t, "ES256", "key-3").Sign(t, nil, r.EventClaims(socialtest.Risc+"sessions-revoked", "ann", nil))
		if _, err := p.Read(t.Context(), forged); !errors.Is(err, social.ErrRefused) {
			t.Errorf("with an unknown key: %v", err)
		}
	}
	if n := r.Asked("/jwks") - asked; n > 1 {
		t.Errorf("the keys were fetched %d more times", n)
	}
	down := newRig(t, nil)
	down.Instead("", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	if _, err := eventSource(t, down).Read(t.Context(), down.Event(socialtest.Risc+"sessions-revoked", "ann", nil)); !errors.Is(err, social.ErrUnavailable) {
		t.Errorf("with an unavailable provider: %v", err)
	}
}

// Events are not supported for multi-tenant issuers.
func TestRead_unsupported(t *testing.T) {
	r := newTenants(t, "https://login.microsoftonline.com/common/v2.0")
	if source, ok := r.Provider.(social.EventSource); ok {
		if _, err := source.Read(t.Context(), r.Event(socialtest.Risc+"sessions-revoked", "ann", nil)); !errors.Is(err, social.ErrUnsupported) {
			t.Errorf("with tenants: %v", err)
		}
	}
}
