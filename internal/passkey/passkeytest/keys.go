package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
)

// The algorithms of an authenticator. The service does not request ES384.
const (
	ES256 Algorithm = iota
	EdDSA
	RS256
	ES384
)

type (
	// Algorithm is a signature algorithm.
	Algorithm int

	signer interface {
		// cose returns the public key (RFC 9053).
		cose() []byte
		sign(data []byte) []byte
	}

	curveKey struct{ *ecdsa.PrivateKey }
	edKey    struct{ ed25519.PrivateKey }
	rsaKey   struct{ *rsa.PrivateKey }
)

func (a Algorithm) new() signer {
	switch a {
	case EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		must(err)
		return edKey{key}
	case RS256:
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		must(err)
		return rsaKey{key}
	case ES384:
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		must(err)
		return curveKey{key}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return curveKey{key}
}

func (k curveKey) cose() []byte {
	point, err := k.PublicKey.Bytes()
	must(err)
	n := (len(point) - 1) / 2
	head := []byte{0xa5, 1, 2, 3, 0x26, 0x20, 1} // 3: -7, -1: P-256
	if n > 32 {
		head = []byte{0xa5, 1, 2, 3, 0x38, 34, 0x20, 2} // 3: -35, -1: P-384
	}
	text := append(head, 0x21, 0x58, byte(n))
	text = append(append(text, point[1:1+n]...), 0x22, 0x58, byte(n))
	return append(text, point[1+n:]...)
}

func (k curveKey) sign(data []byte) []byte {
	digest := sum(data, k.Curve == elliptic.P384())
	signature, err := ecdsa.SignASN1(rand.Reader, k.PrivateKey, digest)
	must(err)
	return signature
}

func sum(data []byte, long bool) []byte {
	if long {
		digest := sha512.Sum384(data)
		return digest[:]
	}
	digest := sha256.Sum256(data)
	return digest[:]
}

func (k edKey) cose() []byte {
	return append([]byte{0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32}, k.Public().(ed25519.PublicKey)...)
}

func (k edKey) sign(data []byte) []byte { return ed25519.Sign(k.PrivateKey, data) }

func (k rsaKey) cose() []byte {
	n := k.N.Bytes()
	text := []byte{0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, byte(len(n) >> 8), byte(len(n))} // 3: -257
	return append(append(text, n...), 0x21, 0x43, 1, 0, 1)
}

func (k rsaKey) sign(data []byte) []byte {
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.PrivateKey, crypto.SHA256, sum(data, false))
	must(err)
	return signature
}
