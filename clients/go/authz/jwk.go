package authz

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

const (
	algES256 = "ES256"
	algEdDSA = "EdDSA"

	signatureSize = 64
	thumbprint    = 43 // of SHA-256, in base64url
)

type (
	// publicKey verifies signatures of one algorithm. A key that is fetched again is the
	// same pointer: what was verified by it stays verified.
	publicKey struct {
		kid, alg string
		head     string // of a token as the issuer signs it with this key
		public   crypto.PublicKey
	}

	// jwk is a member of a key set (RFC 7517).
	jwk struct {
		Kty string   `json:"kty"`
		Crv string   `json:"crv"`
		X   string   `json:"x"`
		Y   string   `json:"y"`
		D   string   `json:"d"`
		Alg string   `json:"alg"`
		Use string   `json:"use"`
		Ops []string `json:"key_ops"`
		Kid string   `json:"kid"`
	}
)

// parseKeys reads a key set. A key of another kind, as one for encryption or of an
// algorithm that is not known, is left out; told are why.
func parseKeys(data []byte) (keys []*publicKey, left []error, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || set.Keys == nil {
		return nil, nil, fmt.Errorf("the key set is no JSON object with keys")
	}
	for _, raw := range set.Keys {
		var k jwk
		if err := json.Unmarshal(raw, &k); err != nil {
			left = append(left, fmt.Errorf("a key is no JSON object"))
			continue
		}
		key, err := k.key()
		if err != nil {
			left = append(left, err)
			continue
		}
		keys = append(keys, key)
	}
	return keys, left, nil
}

// key returns the public key, if its kid is its thumbprint (RFC 7638): then no other key
// can have the same one.
func (k jwk) key() (*publicKey, error) {
	switch {
	case k.Use != "" && k.Use != "sig" || k.Ops != nil && !slices.Contains(k.Ops, "verify"):
		return nil, fmt.Errorf("a key is not for signatures")
	case k.D != "":
		return nil, fmt.Errorf("a key is published with its private part")
	}
	key := &publicKey{kid: k.Kid}
	var canonical string
	var ok bool
	switch {
	case k.Kty == "EC" && k.Crv == "P-256":
		key.alg = algES256
		key.public, ok = p256(k.X, k.Y)
		canonical = fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, k.X, k.Y)
	case k.Kty == "OKP" && k.Crv == "Ed25519":
		key.alg = algEdDSA
		x, err := decodePart(k.X)
		key.public, ok = ed25519.PublicKey(x), err == nil && len(x) == ed25519.PublicKeySize
		canonical = fmt.Sprintf(`{"crv":"Ed25519","kty":"OKP","x":%q}`, k.X)
	default:
		return nil, fmt.Errorf("a key is of a kind that is not used here")
	}
	sum := sha256.Sum256([]byte(canonical))
	switch {
	case !ok:
		return nil, fmt.Errorf("a key is no point of its curve")
	case k.Alg != "" && k.Alg != key.alg:
		return nil, fmt.Errorf("a key is of another algorithm than it says")
	case segment.EncodeToString(sum[:]) != k.Kid:
		return nil, fmt.Errorf("the kid of a key is not its thumbprint")
	}
	key.head = segment.EncodeToString([]byte(`{"alg":"` + key.alg + `","kid":"` + key.kid + `","typ":"` + typAccess + `"}`))
	return key, nil
}

func p256(x, y string) (*ecdsa.PublicKey, bool) {
	var point [65]byte
	point[0] = 4 // uncompressed
	if !decode(point[1:33], x) || !decode(point[33:], y) {
		return nil, false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point[:])
	return key, err == nil
}

// verify checks a signature of signatureSize bytes.
func (k *publicKey) verify(signed string, signature []byte) bool {
	switch public := k.public.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256([]byte(signed))
		// Verify refuses r and s of 0 and from the order of the curve up.
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, sum[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, []byte(signed), signature)
	}
	return false
}

// isThumbprint reports whether kid can be that of a key at all: what cannot is never
// looked for.
func isThumbprint(kid string) bool {
	var sum [sha256.Size]byte
	return len(kid) == thumbprint && decode(sum[:], kid)
}
