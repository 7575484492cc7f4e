package keyring

import (
	"bytes"
	"crypto/rand"
	"crypto/sha3"
	"encoding/hex"
	"strings"
	"testing"
)

func xaes(t testing.TB, key []byte) sealer {
	t.Helper()
	var s sealer
	var err error
	if s.derive, s.k1, err = newXAES(key); err != nil {
		t.Fatal(err)
	}
	return s
}

// The vectors of c2sp.org/XAES-256-GCM.
func TestXAES_vectors(t *testing.T) {
	for _, v := range []struct {
		key  byte
		aad  string
		want string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
		aead, err := xaes(t, bytes.Repeat([]byte{v.key}, 32)).aead(nonce[:halfNonce])
		if err != nil {
			t.Fatal(err)
		}
		got := aead.Seal(nil, nonce[halfNonce:], []byte("XAES-256-GCM"), []byte(v.aad))
		if hex.EncodeToString(got) != v.want {
			t.Errorf("key %d: %x, want %s", v.key, got, v.want)
		}
	}
}

// Ten thousand keys; the subkey of half of them needs reduction.
func TestXAES_accumulated(t *testing.T) {
	random, all := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	for range 10_000 {
		key, nonce := read(32), read(nonceSize)
		plain := read(int(read(1)[0]))
		aad := read(int(read(1)[0]))
		aead, err := xaes(t, key).aead(nonce[:halfNonce])
		if err != nil {
			t.Fatal(err)
		}
		all.Write(aead.Seal(nil, nonce[halfNonce:], plain, aad))
	}
	got := make([]byte, 32)
	all.Read(got)
	if want := "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}

// Values of the first release open, even if they look like the current form.
func TestOpen_valuesOfTheFirstRelease(t *testing.T) {
	ring, err := New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	first := ring.sealers[0].first
	for _, begin := range []byte{0, 1, version, 255} {
		nonce := append([]byte{begin}, make([]byte, first.NonceSize()-1)...)
		sealed := first.Seal(nonce, nonce, []byte("+919876543210 and more"), []byte("here"))
		if plain, err := ring.Open("here", sealed); err != nil || string(plain) != "+919876543210 and more" {
			t.Errorf("a nonce that begins with %d: %q, %v", begin, plain, err)
		}
		if _, err := ring.Open("there", sealed); err == nil {
			t.Errorf("a nonce that begins with %d: opens elsewhere", begin)
		}
	}
}

// The AES-GCM key depends on half of the nonce, so that no key is used often.
func TestSeal_ownKeyPerValue(t *testing.T) {
	ring, err := New(make([]byte, 32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := ring.Seal("here", make([]byte, 32))
	b, _ := ring.Seal("here", make([]byte, 32))
	if bytes.Equal(a[1:1+halfNonce], b[1:1+halfNonce]) {
		t.Fatal("two values have the same half of a nonce")
	}
	// With the same second half and another first half, the key stream differs.
	nonce := bytes.Clone(a[1 : 1+nonceSize])
	one, _ := ring.sealers[0].aead(nonce[:halfNonce])
	nonce[0] ^= 1
	other, _ := ring.sealers[0].aead(nonce[:halfNonce])
	if bytes.Equal(one.Seal(nil, nonce[halfNonce:], make([]byte, 32), nil), other.Seal(nil, nonce[halfNonce:], make([]byte, 32), nil)) {
		t.Error("another first half gives the same ciphertext")
	}
}
