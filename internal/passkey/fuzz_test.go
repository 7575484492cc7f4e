package passkey_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"user-api/internal/keyring"
	"user-api/internal/passkey"
	"user-api/internal/passkey/passkeytest"
)

// Arbitrary input is refused without a panic.
func FuzzAnswers(f *testing.F) {
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	p, err := passkey.New(passkey.Options{Ring: ring, Now: time.Now, Rand: rand.Reader, RPID: domain, RPName: "Example", Origins: []string{origin}})
	if err != nil {
		f.Fatal(err)
	}
	a := passkeytest.New(origin, domain)
	for _, seed := range []json.RawMessage{
		a.Create(text(f)(p.Request()), passkeytest.Cheat{}), a.Get(text(f)(p.Request()), passkeytest.Cheat{}),
		a.Get(text(f)(p.Request()), passkeytest.Cheat{AuthData: func(b []byte) []byte { return b[:36] }}),
		a.Create(text(f)(p.Request()), passkeytest.Cheat{PublicKey: flip}), []byte("{}"), []byte("null"), nil,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if p.Check(answer) == nil {
			t.Error("the input signs in")
		}
		if p.Created(2, answer) == nil {
			t.Error("the input registers")
		}
	})
}
