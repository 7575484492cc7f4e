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

// Foreign is a key of RS256 that is no issuer's, and that no other one is.
func Foreign(t testing.TB, id string) *Key {
	t.Helper()
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &Key{Alg: "RS256", ID: id, signer: signer}
}

// HMAC makes a token that is signed under a secret, whatever it is.
func HMAC(t testing.TB, secret string, header, claims Claims) string {
	t.Helper()
	signing := encode(marshal(t, header)) + "." + encode(marshal(t, claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signing))
	return signing + "." + encode(mac.Sum(nil))
}

// changed is an object with members changed; a nil value leaves one out.
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

// Public is the public half.
func (k *Key) Public() crypto.PublicKey { return k.signer.Public() }
