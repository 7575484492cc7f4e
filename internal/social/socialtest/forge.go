package socialtest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"testing"
)

// Foreign returns a new RS256 key that belongs to no issuer.
func Foreign(t testing.TB, id string) *Key {
	t.Helper()
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &Key{Alg: "RS256", ID: id, signer: signer}
}

// HMAC returns a token signed with a secret.
func HMAC(t testing.TB, secret string, header, claims Claims) string {
	t.Helper()
	signing := encode(marshal(t, header)) + "." + encode(marshal(t, claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signing))
	return signing + "." + encode(mac.Sum(nil))
}

// changed returns an object with changed members; nil removes one.
func changed(all, changes Claims) Claims {
	all = maps.Clone(all)
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Public returns the public key.
func (k *Key) Public() crypto.PublicKey { return k.signer.Public() }
