package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/golang-jwt/jwt/v4"
)

// The algorithms that sign access tokens. HS256 uses a secret, the others a Key.
const (
	HS256 = "HS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

type (
	// Keys provides the key pairs of access tokens. Both methods are called for every token
	// and must not block.
	Keys interface {
		// Signing returns the current signing key. It fails if there is none, and then so
		// does minting.
		Signing() (*Key, error)
		// Verifying returns the key with the given id if its tokens are accepted. It fails
		// with ErrInvalid if they are not, and with another error if it cannot decide.
		Verifying(id string) (*Key, error)
	}

	// Key is a key pair, or the public half of one. It signs and verifies with one algorithm.
	Key struct {
		// ID is the thumbprint of RFC 7638; Alg is the algorithm.
		ID, Alg string

		public crypto.PublicKey
		signer crypto.Signer // nil without the private half
		header string
	}

	// JWK is a public key in a JWKS (RFC 7517). Its members are in alphabetical order.
	JWK struct {
		Alg string `json:"alg"`
		Crv string `json:"crv"`
		ID  string `json:"kid"`
		Kty string `json:"kty"`
		Use string `json:"use"`
		X   string `json:"x"`
		Y   string `json:"y,omitempty"`
	}
)

// coordinate is the length of a P-256 coordinate in bytes.
const coordinate = 32

// NewKey generates a key pair from rand.
func NewKey(alg string, rand io.Reader) (*Key, error) {
	private := make([]byte, 32)
	for {
		if _, err := io.ReadFull(rand, private); err != nil {
			return nil, fmt.Errorf("token: random bytes: %w", err)
		}
		// One value in 2^32 is not a valid P-256 scalar.
		if key, err := PrivateKey(alg, private); err == nil || alg != ES256 {
			return key, err
		}
	}
}

// PrivateKey parses the output of Private.
func PrivateKey(alg string, private []byte) (*Key, error) {
	switch alg {
	case ES256:
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), private)
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		return complete(&Key{Alg: alg, public: &key.PublicKey, signer: key})
	case EdDSA:
		if len(private) != ed25519.SeedSize {
			return nil, errors.New("token: the private key has the wrong length")
		}
		key := ed25519.NewKeyFromSeed(private)
		return complete(&Key{Alg: alg, public: key.Public(), signer: key})
	}
	return nil, fmt.Errorf("token: unsupported key algorithm %q", alg)
}

// PublicKey parses the output of Public.
func PublicKey(alg string, public []byte) (*Key, error) {
	switch {
	case alg == ES256:
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, public...))
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		return complete(&Key{Alg: alg, public: key})
	case alg == EdDSA && len(public) == ed25519.PublicKeySize:
		return complete(&Key{Alg: alg, public: ed25519.PublicKey(public)})
	}
	return nil, fmt.Errorf("token: not a public key for %q", alg)
}

// Private returns the private half: the P-256 scalar or the Ed25519 seed.
func (k *Key) Private() ([]byte, error) {
	switch key := k.signer.(type) {
	case *ecdsa.PrivateKey:
		return key.Bytes()
	case ed25519.PrivateKey:
		return key.Seed(), nil
	}
	return nil, errors.New("token: the key has no private half")
}

// Public returns the public half: the two P-256 coordinates or the Ed25519 point.
func (k *Key) Public() []byte {
	switch key := k.public.(type) {
	case *ecdsa.PublicKey:
		if point, err := key.Bytes(); err == nil {
			return point[1:]
		}
	case ed25519.PublicKey:
		return key
	}
	return nil
}

// JWK returns the public half for publication.
func (k *Key) JWK() JWK {
	jwk := JWK{Alg: k.Alg, ID: k.ID, Use: "sig"}
	switch public := k.Public(); k.Alg {
	case ES256:
		jwk.Kty, jwk.Crv = "EC", "P-256"
		jwk.X, jwk.Y = segment.EncodeToString(public[:coordinate]), segment.EncodeToString(public[coordinate:])
	default:
		jwk.Kty, jwk.Crv, jwk.X = "OKP", "Ed25519", segment.EncodeToString(public)
	}
	return jwk
}

// Format prints only the algorithm and the id, so that no private key reaches a log.
func (k *Key) Format(s fmt.State, _ rune) { io.WriteString(s, k.Alg+" "+k.ID) }

// complete sets the id of a key and the header of its tokens.
func complete(k *Key) (*Key, error) {
	jwk := k.JWK()
	members := `{"crv":"` + jwk.Crv + `","kty":"` + jwk.Kty + `","x":"` + jwk.X + `"`
	if jwk.Y != "" {
		members += `,"y":"` + jwk.Y + `"`
	}
	sum := sha256.Sum256([]byte(members + "}"))
	k.ID = segment.EncodeToString(sum[:])
	k.header = segment.EncodeToString([]byte(`{"alg":"` + k.Alg + `","kid":"` + k.ID + `","typ":"` + typAccess + `"}`))
	return k, nil
}

func (k *Key) sign(payload string) (string, error) {
	var signature string
	var err error
	signing := k.header + "." + payload
	switch key := k.signer.(type) {
	case *ecdsa.PrivateKey:
		signature, err = jwt.SigningMethodES256.Sign(signing, key)
	case ed25519.PrivateKey:
		signature, err = jwt.SigningMethodEdDSA.Sign(signing, key)
	default:
		err = errors.New("the key has no private half")
	}
	if err != nil {
		return "", fmt.Errorf("token: sign: %w", err)
	}
	return signing + "." + signature, nil
}

// verifies reports whether a signature is valid. golang-jwt checks its length.
func (k *Key) verifies(signing, signature string) bool {
	if k.Alg == ES256 {
		return jwt.SigningMethodES256.Verify(signing, signature, k.public) == nil
	}
	return jwt.SigningMethodEdDSA.Verify(signing, signature, k.public) == nil
}
