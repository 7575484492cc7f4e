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

// The accepted signature algorithms. None of them is symmetric: more than one party knows a client
// secret.
const (
	algES256 = "ES256"
	algEdDSA = "EdDSA"
	algPS256 = "PS256"
	algRS256 = "RS256"
)

const (
	// maxKeys bounds the number of keys; the largest providers have about ten.
	maxKeys = 64
	// Shorter RSA keys can be broken, longer ones are too expensive.
	minRSA, maxRSA = 2048, 8192
	coordinate     = 32
)

type (
	// jwk is a JSON Web Key (RFC 7517).
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

	// key verifies signatures by its algorithms.
	key struct {
		id     string
		algs   []string
		public crypto.PublicKey
		// issuer restricts the key to one issuer, as Microsoft does; "" means any.
		issuer string
	}
)

// fetchKeys fetches the keys of a provider. It skips keys that are not for our signature
// algorithms.
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
		return nil, unavailable("the JWKS is malformed")
	}
	var keys []key
	for _, raw := range set.Keys {
		var j jwk
		if json.Unmarshal(raw, &j) != nil {
			continue
		}
		if k, ok := j.key(); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, unavailable("the JWKS has no usable key")
	}
	return keys, nil
}

// key converts a JWK; ok is false if it is not usable for signatures.
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
	if j.Alg != "" { // restricts the key to this algorithm
		k.algs = slices.DeleteFunc(k.algs, func(alg string) bool { return alg != j.Alg })
	}
	return k, k.public != nil && len(k.algs) > 0
}

func (j jwk) rsa() crypto.PublicKey {
	n, err := base64url.Strict.DecodeString(j.N)
	e, err2 := base64url.Strict.DecodeString(j.E)
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
	x, err := base64url.Strict.DecodeString(j.X)
	y, err2 := base64url.Strict.DecodeString(j.Y)
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
	x, err := base64url.Strict.DecodeString(j.X)
	if err != nil || len(x) != ed25519.PublicKeySize {
		return nil
	}
	return ed25519.PublicKey(x)
}

// matches reports whether the key may have signed a token with this algorithm and key id.
func (k key) matches(alg, id string) bool {
	return slices.Contains(k.algs, alg) && k.id == id
}

// verifies reports whether a signature is valid.
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
