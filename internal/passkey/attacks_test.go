package passkey_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/passkey"
	"user-api/internal/passkey/passkeytest"
	"user-api/internal/testkit"
)

// flip changes the last byte.
func flip(data []byte) []byte {
	data[len(data)-1] ^= 1
	return data
}

// attack is a ceremony that must fail.
type attack struct {
	change func(*passkeytest.Authenticator)
	cheat  passkeytest.Cheat
}

// both returns the attacks on either ceremony.
func both() map[string]attack {
	return map[string]attack{
		"another page":                {change: func(a *passkeytest.Authenticator) { a.Origin = "https://example.com.evil.test" }},
		"a page without TLS":          {change: func(a *passkeytest.Authenticator) { a.Origin = "http://login.example.com" }},
		"another port":                {change: func(a *passkeytest.Authenticator) { a.Origin = origin + ":8443" }},
		"another app":                 {change: func(a *passkeytest.Authenticator) { a.Origin = app[:len(app)-1] + "9" }},
		"another domain":              {change: func(a *passkeytest.Authenticator) { a.RPID = "login.example.com" }},
		"a related page's own domain": {change: func(a *passkeytest.Authenticator) { a.Origin, a.RPID = "https://example.test", "example.test" }},
		"no user verification":        {change: func(a *passkeytest.Authenticator) { a.Flags &^= passkeytest.UserVerified }},
		"no user presence":            {change: func(a *passkeytest.Authenticator) { a.Flags &^= passkeytest.UserPresent }},
		"an impossible backup":        {change: func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.BackedUp }},
		"in a frame":                  {cheat: passkeytest.Cheat{CrossOrigin: true}},
		"in a frame of another page":  {cheat: passkeytest.Cheat{CrossOrigin: true, TopOrigin: "https://evil.test"}},
		"an unframed page with a top": {cheat: passkeytest.Cheat{TopOrigin: "https://evil.test"}},
		"a forged challenge":          {cheat: passkeytest.Cheat{Challenge: strings.Repeat("A", 120)}},
		"no challenge":                {cheat: passkeytest.Cheat{Challenge: "!"}},
		"a long challenge":            {cheat: passkeytest.Cheat{Challenge: strings.Repeat("A", 4000)}},
	}
}

func TestVerify_attacks(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	own, others := passkeytest.New(origin, domain), passkeytest.New(origin, domain)
	d.register(1, own)
	d.register(2, others)
	attacks := both()
	for name, cheat := range map[string]passkeytest.Cheat{
		"a registration":                    {Type: "webauthn.create"},
		"another type":                      {Type: "payment.get"},
		"signed by another's key":           {Key: keyed(own.Last(), others.Last())},
		"another's handle":                  {Handle: others.Last().Handle},
		"no handle":                         {Handle: []byte{}},
		"another signature":                 {Signature: flip},
		"no signature":                      {Signature: func([]byte) []byte { return nil }},
		"other data":                        {AuthData: func(b []byte) []byte { b[36]++; return b }},
		"verified afterwards":               {AuthData: func(b []byte) []byte { b[32] |= passkeytest.BackupEligible; return b }},
		"short data":                        {AuthData: func(b []byte) []byte { return b[:36] }},
		"long data":                         {AuthData: func(b []byte) []byte { return append(b, 0) }},
		"other client data":                 {ClientData: func(b []byte) []byte { return append(b, ' ') }},
		"client data that is not an object": {ClientData: func([]byte) []byte { return []byte("[]") }},
	} {
		attacks[name] = attack{cheat: cheat}
	}
	attacks["a device-bound key that became synced"] = attack{change: func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.BackupEligible }}
	for name, attack := range attacks {
		a := own.Copy()
		if attack.change != nil {
			attack.change(a)
		}
		_, err := d.signIn(a.Get(d.request(), attack.cheat))
		wantCode(t, name, err, apperr.BadCredentials, passkey.ErrInvalid)
	}
	creation := d.creation(1)
	for name, answer := range map[string]json.RawMessage{
		"a challenge to register":       own.Get(creation, passkeytest.Cheat{}),
		"a challenge for second factor": own.Get(text(t)(d.RequestSecond(ctx, 1, "first")), passkeytest.Cheat{}),
		"another deployment's":          own.Get(text(t)(d.node(strings.Repeat("q", 32), domain).Request()), passkeytest.Cheat{}),
		"another domain's":              own.Get(text(t)(d.node(strings.Repeat("p", 32), "login.example.com").Request()), passkeytest.Cheat{}),
		"two different ids":             bytes.Replace(own.Get(d.request(), passkeytest.Cheat{}), []byte(`"rawId":"`), []byte(`"rawId":"AA`), 1),
	} {
		_, err := d.signIn(answer)
		wantCode(t, name, err, apperr.BadCredentials, nil)
	}
	for _, answer := range []string{"", "null", "{}", "[]", `"x"`, `{"id":1}`} {
		_, err := d.signIn(json.RawMessage(answer))
		wantCode(t, answer, err, apperr.BadCredentials, nil)
	}
	unknown := passkeytest.New(origin, domain)
	unknown.Create(creation, passkeytest.Cheat{})
	_, err := d.signIn(unknown.Get(d.request(), passkeytest.Cheat{}))
	wantCode(t, "an unknown passkey", err, apperr.BadCredentials, passkey.ErrUnknown)
	if _, err := d.signIn(own.Get(d.request(), passkeytest.Cheat{})); err != nil {
		t.Errorf("the genuine passkey: %v", err)
	}
}

// keyed returns the key by with the id of another one.
func keyed(id, by *passkeytest.Key) *passkeytest.Key {
	key := *by
	key.ID, key.Handle = id.ID, id.Handle
	return &key
}

func TestRegister_attacks(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	others := passkeytest.New(origin, domain)
	d.register(2, others)
	attacks := both()
	attacks["a sign-in"] = attack{cheat: passkeytest.Cheat{Type: "webauthn.get"}}
	attacks["an unrequested algorithm"] = attack{change: func(a *passkeytest.Authenticator) { a.Alg = passkeytest.ES384 }}
	attacks["another algorithm than the key's"] = attack{cheat: passkeytest.Cheat{PublicKey: func(b []byte) []byte { b[4] = 0x27; return b }}}
	attacks["a point that is not on the curve"] = attack{cheat: passkeytest.Cheat{PublicKey: flip}}
	attacks["a truncated key"] = attack{cheat: passkeytest.Cheat{PublicKey: func(b []byte) []byte { return b[:40] }}}
	attacks["another's credential"] = attack{cheat: passkeytest.Cheat{Key: others.Last()}}
	attacks["short data"] = attack{cheat: passkeytest.Cheat{AuthData: func(b []byte) []byte { return b[:50] }}}
	attacks["client data that is not an object"] = attack{cheat: passkeytest.Cheat{ClientData: func([]byte) []byte { return nil }}}
	for name, attack := range attacks {
		a := passkeytest.New(origin, domain)
		if attack.change != nil {
			attack.change(a)
		}
		_, err := d.Register(ctx, 1, a.Create(d.creation(1), attack.cheat), "")
		wantCode(t, name, err, apperr.InvalidRequest, nil)
	}
	a := passkeytest.New(origin, domain)
	_, err := d.Register(ctx, 1, a.Create(d.creation(2), passkeytest.Cheat{}), "")
	wantCode(t, "another user's challenge", err, apperr.InvalidRequest, passkey.ErrInvalid)
	_, err = d.Register(ctx, 1, a.Create(d.request(), passkeytest.Cheat{}), "")
	wantCode(t, "a challenge to sign in", err, apperr.InvalidRequest, passkey.ErrInvalid)
	if has, err := d.Has(ctx, 1); has || err != nil {
		t.Errorf("a passkey was registered: %v", err)
	}
}
