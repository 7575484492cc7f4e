package authztest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
)

// The algorithms that sign tokens.
const (
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// key signs tokens.
type key struct {
	alg, kid string
	ec       *ecdsa.PrivateKey
	ed       ed25519.PrivateKey
	public   map[string]string // the JWK
}

func newKey(t testing.TB, alg string) *key {
	t.Helper()
	k := &key{alg: alg}
	var err error
	switch alg {
	case ES256:
		k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, k.ed, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("authztest: no such algorithm: %s", alg)
	}
	if err == nil {
		err = k.describe()
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// describe computes the JWK (RFC 7517) and its thumbprint (RFC 7638), which is the kid.
func (k *key) describe() error {
	var canonical string
	if k.ec != nil {
		point, err := k.ec.PublicKey.Bytes()
		if err != nil {
			return err
		}
		x, y := encode(point[1:33]), encode(point[33:])
		canonical = fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, x, y)
		k.public = map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y}
	} else {
		x := encode(k.ed[ed25519.SeedSize:])
		canonical = fmt.Sprintf(`{"crv":"Ed25519","kty":"OKP","x":"%s"}`, x)
		k.public = map[string]string{"kty": "OKP", "crv": "Ed25519", "x": x}
	}
	sum := sha256.Sum256([]byte(canonical))
	k.kid = encode(sum[:])
	k.public["kid"], k.public["alg"], k.public["use"] = k.kid, k.alg, "sig"
	return nil
}

// sign signs a header and claims without changing them.
func (k *key) sign(header, claims string) (string, error) {
	signing := encode([]byte(header)) + "." + encode([]byte(claims))
	if k.ed != nil {
		return signing + "." + encode(ed25519.Sign(k.ed, []byte(signing))), nil
	}
	sum := sha256.Sum256([]byte(signing))
	r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signing + "." + encode(signature[:]), nil
}

// RotateKey makes a new key sign from now on and returns its id. Tokens of the previous key
// stay valid until they expire.
func (i *Issuer) RotateKey(alg string) (kid string) {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.rotate(alg)
}

// rotate publishes a new key before it signs, as user-api does.
func (i *Issuer) rotate(alg string) (kid string) {
	k := newKey(i.t, alg)
	i.keys = append(i.keys, k)
	i.happened(event{Kind: "keys-changed", KeyID: k.kid})
	i.signer = k
	return k.kid
}

// KeyID returns the id of the signing key.
func (i *Issuer) KeyID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.signer.kid
}

// RevokeKey removes a key and invalidates its tokens. If it is the signing key, a new one
// replaces it.
func (i *Issuer) RevokeKey(kid string) {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.signer.kid == kid {
		i.rotate(i.signer.alg)
	}
	for n, k := range i.keys {
		if k.kid == kid {
			i.keys = append(i.keys[:n:n], i.keys[n+1:]...)
			i.happened(event{Kind: "key-revoked", KeyID: kid})
			return
		}
	}
	i.t.Errorf("authztest: there is no key %s", kid)
}

// Sign signs a header and claims unchanged with the signing key, for tests of tokens that no
// issuer would mint.
func (i *Issuer) Sign(header, claims string) string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sign(header, claims)
}

func (i *Issuer) sign(header, claims string) string {
	raw, err := i.signer.sign(header, claims)
	if err != nil {
		i.t.Errorf("authztest: %v", err)
	}
	return raw
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
