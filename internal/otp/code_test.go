package otp

import (
	"fmt"
	"regexp"
	"testing"

	"user-api/internal/keyring"
)

func TestDeriveCode_uniform(t *testing.T) {
	key := keyring.NewMAC([]byte("a key of the test, of any length"))
	const rounds = 20000
	var seen [6][10]int
	for i := range rounds {
		code := deriveCode(key, 6, "salt", fmt.Sprint(i), "login", "+919876543210")
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) {
			t.Fatalf("code %q is not six digits", code)
		}
		for place, digit := range code {
			seen[place][digit-'0']++
		}
	}
	// Each digit is expected rounds/10 times at each place, standard deviation 42.
	for place, digits := range seen {
		for digit, n := range digits {
			if n < rounds/10-250 || n > rounds/10+250 {
				t.Errorf("digit %d occurs %d times at place %d, want about %d", digit, n, place, rounds/10)
			}
		}
	}
}

func TestDeriveCode_bindings(t *testing.T) {
	key := keyring.NewMAC([]byte("a key of the test, of any length"))
	base := deriveCode(key, 10, "salt", "id", "login", "+919876543210")
	if again := deriveCode(key, 10, "salt", "id", "login", "+919876543210"); again != base {
		t.Errorf("the same challenge gives %s and %s", base, again)
	}
	for name, other := range map[string]string{
		"key":                    deriveCode(keyring.NewMAC([]byte("another key")), 10, "salt", "id", "login", "+919876543210"),
		"salt":                   deriveCode(key, 10, "other salt", "id", "login", "+919876543210"),
		"id":                     deriveCode(key, 10, "salt", "id2", "login", "+919876543210"),
		"purpose":                deriveCode(key, 10, "salt", "id", "reset", "+919876543210"),
		"address":                deriveCode(key, 10, "salt", "id", "login", "+919876543211"),
		"border":                 deriveCode(key, 10, "salt", "idl", "ogin", "+919876543210"),
		"salt moved into the id": deriveCode(key, 10, "", "saltid", "login", "+919876543210"),
	} {
		if other == base {
			t.Errorf("another %s gives the same code", name)
		}
	}
	for digits := 4; digits <= 10; digits++ {
		if code := deriveCode(key, digits, "salt", "id", "login", "x"); len(code) != digits {
			t.Errorf("a code of %d digits has %d: %s", digits, len(code), code)
		}
	}
}
