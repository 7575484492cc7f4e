package socialtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"sync"
	"testing"
)

// Key signs with one algorithm: RS256, PS256, ES256, EdDSA, or HS256 with Secret.
type Key struct {
	Alg, ID string
	// Extra are additional members of the JWK.
	Extra  Claims
	signer crypto.Signer
}

// rsaKey is generated only once, because that is slow.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// NewKey returns a new key, except that all RSA keys are the same.
func NewKey(t testing.TB, alg, id string) *Key {
	t.Helper()
	k := &Key{Alg: alg, ID: id}
	var err error
	switch alg {
	case "RS256", "PS256":
		k.signer, err = rsaKey()
	case "ES256":
		k.signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, k.signer, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// JWK returns the public key.
func (k *Key) JWK() Claims {
	jwk := Claims{"kid": k.ID, "use": "sig", "alg": k.Alg}
	if k.signer == nil {
		return Claims{"kty": "oct", "kid": k.ID}
	}
	switch public := k.signer.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", encode(public.N.Bytes()), encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, _ := public.Bytes()
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", encode(point[1:33]), encode(point[33:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", encode(public)
	}
	for name, value := range k.Extra {
		jwk[name] = value
	}
	return jwk
}

// Sign returns a token. Its header is alg, kid and typ with changes; nil removes a member. Changing
// alg does not change how the token is signed.
func (k *Key) Sign(t testing.TB, header, claims Claims) string {
	t.Helper()
	head := Claims{"alg": k.Alg, "kid": k.ID, "typ": "JWT"}
	for name, value := range header {
		if head[name] = value; value == nil {
			delete(head, name)
		}
	}
	h, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	c, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return k.SignText(t, string(h), string(c))
}

// SignText returns a token with a header and claims given as text.
func (k *Key) SignText(t testing.TB, header, claims string) string {
	t.Helper()
	signing := encode([]byte(header)) + "." + encode([]byte(claims))
	return signing + "." + encode(k.signature(t, signing))
}

func (k *Key) signature(t testing.TB, signing string) []byte {
	sum := sha256.Sum256([]byte(signing))
	var signature []byte
	var err error
	switch k.Alg {
	case "HS256":
		mac := hmac.New(sha256.New, []byte(Secret))
		mac.Write([]byte(signing))
		return mac.Sum(nil)
	case "RS256":
		signature, err = k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	case "PS256":
		signature, err = k.signer.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	case "EdDSA":
		signature, err = k.signer.Sign(rand.Reader, []byte(signing), crypto.Hash(0))
	case "ES256":
		r, s, failed := ecdsa.Sign(rand.Reader, k.signer.(*ecdsa.PrivateKey), sum[:])
		if err = failed; err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
