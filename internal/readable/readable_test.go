package readable_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"regexp"
	"testing"

	"user-api/internal/readable"
)

func Example() {
	text, _ := readable.New(bytes.NewReader([]byte("0123456789")), 10)
	fmt.Println(text, readable.Plain(text) == readable.Plain("6ORK-4CSM-6MV3-EEIS"))
	// Output: 60rk-4csm-6mv3-ee1s true
}

func TestNew(t *testing.T) {
	form, seen := regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$`), map[string]bool{}
	for range 100 {
		text, err := readable.New(rand.Reader, 15)
		if err != nil || !form.MatchString(text) || seen[text] {
			t.Fatalf("%q, %v", text, err)
		}
		seen[text] = true
	}
	if _, err := readable.New(bytes.NewReader(nil), 15); err == nil {
		t.Error("New succeeds without random bytes")
	}
}

// Plain corrects what people type.
func TestPlain(t *testing.T) {
	for typed, want := range map[string]string{"ABCD-0011": "abcd0011", "abcdooil": "abcd0011", "": ""} {
		if got := readable.Plain(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
