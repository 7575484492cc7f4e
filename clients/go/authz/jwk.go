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
	thumbprint    = 43 // length of a SHA-256 thumbprint in base64url
)

type (
	// publicKey verifies signatures of one algorithm. When a key is fetched again its pointer
	// stays the same, so that tokens verified with it stay verified.
	publicKey struct {
		kid, alg string
		head     string // header of a token that the issuer signs with this key
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

// parseKeys parses a key set. It ignores keys of other kinds, for example for encryption or
// of an unsupported algorithm, and returns the reasons.
func parseKeys(data []byte) (keys []*publicKey, left []error, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || set.Keys == nil {
		return nil, nil, fmt.Errorf("the key set is not a JSON object with keys")
	}
	for _, raw := range set.Keys {
		var k jwk
		if err := json.Unmarshal(raw, &k); err != nil {
			left = append(left, fmt.Errorf("a key is not a JSON object"))
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

// key returns the public key if its kid is its thumbprint (RFC 7638), which makes the kid
// unique.
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
		return nil, fmt.Errorf("a key is of an unsupported kind")
	}
	sum := sha256.Sum256([]byte(canonical))
	switch {
	case !ok:
		return nil, fmt.Errorf("a key is not a point of its curve")
	case k.Alg != "" && k.Alg != key.alg:
		return nil, fmt.Errorf("the alg of a key does not match its kind")
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
		// Verify rejects values of r and s that are 0 or not below the order of the curve.
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, sum[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, []byte(signed), signature)
	}
	return false
}

// isThumbprint reports whether kid has the form of a thumbprint. Other kids are never looked
// up.
func isThumbprint(kid string) bool {
	var sum [sha256.Size]byte
	return len(kid) == thumbprint && decode(sum[:], kid)
}
