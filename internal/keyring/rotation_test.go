package keyring_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/keyring"
)

func of(letter string) []byte { return []byte(strings.Repeat(letter, 32)) }

func ringOf(t testing.TB, s keyring.Secrets) *keyring.Ring {
	t.Helper()
	ring, err := keyring.FromSecrets(s, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Names derive from the pseudonym secrets, or from the peppers if there are none.
func TestName_secrets(t *testing.T) {
	name := func(letter string) string { return newRing(t, strings.Repeat(letter, 32)).Pseudonym("x") }
	a, b, c, d := of("a"), of("b"), of("c"), of("d")
	for text, test := range map[string]struct {
		secrets keyring.Secrets
		want    keyring.Name
	}{
		"a pepper alone":               {keyring.Secrets{Pepper: a}, keyring.Name{Current: name("a")}},
		"two peppers":                  {keyring.Secrets{Pepper: a, PrevPepper: b}, keyring.Name{Current: name("a"), Other: name("b")}},
		"a dedicated secret":           {keyring.Secrets{Pepper: a, PrevPepper: b, Pseudonym: c}, keyring.Name{Current: name("c")}},
		"an upcoming dedicated secret": {keyring.Secrets{Pepper: a, PrevPepper: b, PrevPseudonym: c}, keyring.Name{Current: name("a"), Other: name("c")}},
		"two dedicated secrets":        {keyring.Secrets{Pepper: a, PrevPepper: b, Pseudonym: c, PrevPseudonym: d}, keyring.Name{Current: name("c"), Other: name("d")}},
		"the pepper was used before":   {keyring.Secrets{Pepper: a, Pseudonym: c, PrevPseudonym: a}, keyring.Name{Current: name("c"), Other: name("a")}},
		"the old pepper, kept":         {keyring.Secrets{Pepper: b, PrevPepper: a, Pseudonym: a}, keyring.Name{Current: name("a")}},
		"the same secret twice":        {keyring.Secrets{Pepper: a, PrevPepper: a}, keyring.Name{Current: name("a")}},
	} {
		ring := ringOf(t, test.secrets)
		if diff := cmp.Diff(test.want, ring.Name("x")); diff != "" || ring.Rotating() != (test.want.Other != "") {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// A ring opens values sealed under either pepper and returns which it was.
func TestOpenBy(t *testing.T) {
	ring := ringOf(t, keyring.Secrets{Pepper: of("a"), PrevPepper: of("b")})
	for by, letter := range []string{"a", "b"} {
		sealed, err := newRing(t, strings.Repeat(letter, 32)).Seal("here", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if plain, got, err := ring.OpenBy("here", sealed); err != nil || string(plain) != "x" || got != by {
			t.Errorf("sealed by %s: %q of %d, %v", letter, plain, got, err)
		}
	}
	sealed, _ := ring.Seal("here", []byte("x"))
	if _, err := newRing(t, strings.Repeat("b", 32)).Open("here", sealed); err == nil {
		t.Error("the other pepper still seals")
	}
	if _, err := keyring.FromSecrets(keyring.Secrets{Pepper: of("a"), PrevPepper: []byte("short")}, nil); err == nil {
		t.Error("a short secret is accepted together with a good one")
	}
}
