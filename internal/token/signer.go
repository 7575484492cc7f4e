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

// The algorithms that access tokens are signed by. HS256 is by a secret, the others by a
// Key.
const (
	HS256 = "HS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

type (
	// Keys are the key pairs of access tokens. Both methods are asked for every token and
	// return at once.
	Keys interface {
		// Signing is the key that signs now. It fails where there is none, as a minting does
		// then.
		Signing() (*Key, error)
		// Verifying is the key of an id, if its tokens are accepted. It fails with ErrInvalid
		// for another, and otherwise where it cannot be told.
		Verifying(id string) (*Key, error)
	}

	// Key is a key pair, or the public half of one. It signs and verifies by one algorithm.
	Key struct {
		// ID is the thumbprint of RFC 7638, and Alg the one algorithm.
		ID, Alg string

		public crypto.PublicKey
		signer crypto.Signer // nil without the private half
		header string
	}

	// JWK is a public key as a JWKS has it (RFC 7517), its members in the order of their
	// names.
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

// coordinate is the length of a coordinate of P-256.
const coordinate = 32

// NewKey makes a key pair from rand.
func NewKey(alg string, rand io.Reader) (*Key, error) {
	private := make([]byte, 32)
	for {
		if _, err := io.ReadFull(rand, private); err != nil {
			return nil, fmt.Errorf("token: random bytes: %w", err)
		}
		// One in 2^32 is no scalar of P-256.
		if key, err := PrivateKey(alg, private); err == nil || alg != ES256 {
			return key, err
		}
	}
}

// PrivateKey reads what Private writes.
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
			return nil, errors.New("token: the private key has another length")
		}
		key := ed25519.NewKeyFromSeed(private)
		return complete(&Key{Alg: alg, public: key.Public(), signer: key})
	}
	return nil, fmt.Errorf("token: no key pair is of %q", alg)
}

// PublicKey reads what Public writes.
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
	return nil, fmt.Errorf("token: no public key of %q", alg)
}

// Private is the private half: the scalar of P-256, or the seed of Ed25519.
func (k *Key) Private() ([]byte, error) {
	switch key := k.signer.(type) {
	case *ecdsa.PrivateKey:
		return key.Bytes()
	case ed25519.PrivateKey:
		return key.Seed(), nil
	}
	return nil, errors.New("token: the key has no private half")
}

// Public is the public half: the two coordinates, or the point of Ed25519.
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

// JWK is the public half for others.
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

// Format shows nothing of the private half.
func (k *Key) Format(s fmt.State, _ rune) { io.WriteString(s, k.Alg+" "+k.ID) }

// complete gives a key its id and the header of its tokens.
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

// verifies checks a signature: golang-jwt demands the length of the curve.
func (k *Key) verifies(signing, signature string) bool {
	if k.Alg == ES256 {
		return jwt.SigningMethodES256.Verify(signing, signature, k.public) == nil
	}
	return jwt.SigningMethodEdDSA.Verify(signing, signature, k.public) == nil
}
