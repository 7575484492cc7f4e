package keyring_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"user-api/internal/keyring"
)

func newRing(t testing.TB, pepper string) *keyring.Ring {
	t.Helper()
	ring, err := keyring.New([]byte(pepper), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestNew_shortPepper(t *testing.T) {
	if _, err := keyring.New(make([]byte, 31), rand.Reader); err == nil {
		t.Error("a pepper of 31 bytes is accepted")
	}
}

func TestMAC_onePerPurpose(t *testing.T) {
	sum := func(ring *keyring.Ring, purpose string) []byte {
		mac, err := ring.MAC(purpose)
		if err != nil {
			t.Fatal(err)
		}
		return mac.Sum("x")
	}
	ring := newRing(t, strings.Repeat("p", 32))
	a, again, b, other := sum(ring, "a"), sum(ring, "a"), sum(ring, "b"), sum(newRing(t, strings.Repeat("q", 32)), "a")
	if len(a) != 32 || !bytes.Equal(a, again) || bytes.Equal(a, b) || bytes.Equal(a, other) {
		t.Errorf("sums %x, %x, %x, %x: want 32 bytes, the same only for the same purpose and pepper", a, again, b, other)
	}
}

// A MAC is safe for concurrent use.
func TestMAC_parallel(t *testing.T) {
	mac := keyring.NewMAC([]byte("a key"))
	want := make([][]byte, 8)
	for i := range want {
		want[i] = keyring.NewMAC([]byte("a key")).Sum(strings.Repeat("x", 100*i))
	}
	var wait sync.WaitGroup
	for i, want := range want {
		wait.Go(func() {
			for range 500 {
				if got := mac.Sum(strings.Repeat("x", 100*i)); !bytes.Equal(got, want) {
					t.Errorf("Sum = %x, want %x", got, want)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestSeal(t *testing.T) {
	ring := newRing(t, strings.Repeat("p", 32))
	sealed, err := ring.Seal("here", []byte("+919876543210"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := ring.Open("here", sealed); err != nil || string(plain) != "+919876543210" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if again, _ := ring.Seal("here", []byte("+919876543210")); bytes.Equal(again, sealed) {
		t.Error("sealing is deterministic: equal addresses would be visible")
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another place":  func() ([]byte, error) { return ring.Open("there", sealed) },
		"another pepper": func() ([]byte, error) { return newRing(t, strings.Repeat("q", 32)).Open("here", sealed) },
		"a changed bit":  func() ([]byte, error) { return ring.Open("here", changed) },
		"cut short":      func() ([]byte, error) { return ring.Open("here", sealed[:5]) },
		"nothing":        func() ([]byte, error) { return ring.Open("here", nil) },
	} {
		if plain, err := open(); !errors.Is(err, keyring.ErrUnsealable) || plain != nil {
			t.Errorf("%s: %q, %v, want ErrUnsealable", name, plain, err)
		}
	}
}

func TestSeal_withoutRandomness(t *testing.T) {
	ring, err := keyring.New(make([]byte, 32), io.LimitReader(rand.Reader, 5))
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err := ring.Seal("here", []byte("x")); err == nil {
		t.Errorf("sealed to %x without a nonce", sealed)
	}
}

func TestPseudonym(t *testing.T) {
	ring := newRing(t, strings.Repeat("p", 32))
	p := ring.Pseudonym("phone", "+919876543210")
	if len(p) != 32 || p != ring.Pseudonym("phone", "+919876543210") {
		t.Errorf("Pseudonym = %q, want the same 32 hex digits every time", p)
	}
	for _, other := range []string{
		ring.Pseudonym("phone", "+919876543211"), ring.Pseudonym("email", "+919876543210"),
		ring.Pseudonym("phone+", "919876543210"), ring.Pseudonym("phone+919876543210"),
		newRing(t, strings.Repeat("q", 32)).Pseudonym("phone", "+919876543210"),
	} {
		if other == p {
			t.Error("different parts or peppers give the same pseudonym")
		}
	}
}

func ExampleMAC() {
	mac := keyring.NewMAC([]byte("a key"))
	// The lengths of the parts are authenticated too.
	fmt.Println(bytes.Equal(mac.Sum("ab", "c"), mac.Sum("a", "bc")))
	// Output: false
}
