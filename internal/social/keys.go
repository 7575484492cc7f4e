package social

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"

	"user-api/internal/base64url"
)

// The algorithms by which an id_token may be signed. None of them is by a secret: a client
// secret is known to more than one side.
const (
	algES256 = "ES256"
	algEdDSA = "EdDSA"
	algPS256 = "PS256"
	algRS256 = "RS256"
)

const (
	// maxKeys bounds the keys of a provider; the largest have some ten.
	maxKeys = 64
	// RSA keys that are shorter can be broken, those that are longer cost too much.
	minRSA, maxRSA = 2048, 8192
	coordinate     = 32
)

// encoding refuses a second spelling of the same bytes.
var encoding = base64url.Strict

type (
	// jwk is a key as a provider publishes it (RFC 7517).
	jwk struct {
		Kty    string `json:"kty"`
		Use    string `json:"use"`
		Alg    string `json:"alg"`
		ID     string `json:"kid"`
		Crv    string `json:"crv"`
		N      string `json:"n"`
		E      string `json:"e"`
		X      string `json:"x"`
		Y      string `json:"y"`
		Issuer string `json:"issuer"`
	}

	// key verifies by the algorithms that it is for.
	key struct {
		id     string
		algs   []string
		public crypto.PublicKey
		// issuer is for whom alone it signs, with Microsoft; "" is for all.
		issuer string
	}
)

// fetchKeys asks for the keys of a provider. What is not for signatures by our algorithms
// is left out.
func (p *oidc) fetchKeys(ctx context.Context) ([]key, error) {
	m, err := p.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	status, body, err := p.client.get(ctx, m.KeysURL, nil)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if status != http.StatusOK || !readObject(body, &set) || len(set.Keys) > maxKeys {
		return nil, unavailable("its keys are no document")
	}
	var keys []key
	for _, raw := range set.Keys {
		var one jwk
		if json.Unmarshal(raw, &one) != nil {
			continue
		}
		if k, ok := one.key(); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, unavailable("it has no key for id_tokens")
	}
	return keys, nil
}

// key is what the JWK verifies with; ok is false for one that is for something else.
func (j jwk) key() (k key, ok bool) {
	if j.Use != "" && j.Use != "sig" {
		return k, false
	}
	k = key{id: j.ID, issuer: j.Issuer}
	switch {
	case j.Kty == "RSA":
		k.algs, k.public = []string{algRS256, algPS256}, j.rsa()
	case j.Kty == "EC" && j.Crv == "P-256":
		k.algs, k.public = []string{algES256}, j.p256()
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		k.algs, k.public = []string{algEdDSA}, j.ed25519()
	}
	if j.Alg != "" { // then it is for this one alone
		k.algs = slices.DeleteFunc(k.algs, func(alg string) bool { return alg != j.Alg })
	}
	return k, k.public != nil && len(k.algs) > 0
}

func (j jwk) rsa() crypto.PublicKey {
	n, err := encoding.DecodeString(j.N)
	e, err2 := encoding.DecodeString(j.E)
	if err != nil || err2 != nil || len(e) == 0 || len(e) > 4 {
		return nil
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if bits := key.N.BitLen(); bits < minRSA || bits > maxRSA || key.E < 3 || key.E%2 == 0 || key.E > 1<<31-1 {
		return nil
	}
	return key
}

func (j jwk) p256() crypto.PublicKey {
	x, err := encoding.DecodeString(j.X)
	y, err2 := encoding.DecodeString(j.Y)
	if err != nil || err2 != nil || len(x) != coordinate || len(y) != coordinate {
		return nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil
	}
	return key
}

func (j jwk) ed25519() crypto.PublicKey {
	x, err := encoding.DecodeString(j.X)
	if err != nil || len(x) != ed25519.PublicKeySize {
		return nil
	}
	return ed25519.PublicKey(x)
}

// fits reports whether the key may have signed a token of an algorithm that names a key, or
// none.
func (k key) fits(alg, id string) bool {
	return slices.Contains(k.algs, alg) && k.id == id
}

// verifies reports whether a signature is the key's, by an algorithm of it.
func (k key) verifies(alg, signing string, signature []byte) bool {
	sum := sha256.Sum256([]byte(signing))
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if alg == algPS256 {
			return rsa.VerifyPSS(public, crypto.SHA256, sum[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		if len(signature) != 2*coordinate {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:coordinate]), new(big.Int).SetBytes(signature[coordinate:])
		return ecdsa.Verify(public, sum[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, []byte(signing), signature)
	}
	return false
}
