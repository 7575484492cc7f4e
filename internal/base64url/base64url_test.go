package base64url_test

import (
	"bytes"
	"testing"

	"user-api/internal/base64url"
)

func TestStrict(t *testing.T) {
	for _, text := range []string{"", "AA", "AAA", "AAAA", "-_8"} {
		if raw, err := base64url.Strict.DecodeString(text); err != nil || base64url.Strict.EncodeToString(raw) != text {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"A", "AB", "AA=", "AA==", "A A", " AA", "AA\n", "\nAA", "A\nA", "AA\r\n", "\r", "+/8", "AA.", "АА", "AA\x00"} {
		if raw, err := base64url.Strict.DecodeString(text); err == nil {
			t.Errorf("%q is read: %x", text, raw)
		}
	}
}

// Every text that decodes is the encoding of the result.
func FuzzStrict(f *testing.F) {
	for _, text := range []string{"", "AA", "AB", "AA\n", "-_8", "AA=="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := base64url.Strict.DecodeString(text)
		if err != nil {
			return
		}
		if again := base64url.Strict.EncodeToString(raw); again != text || !bytes.Equal(raw, mustRead(t, again)) {
			t.Errorf("%q is %q again", text, again)
		}
	})
}

func mustRead(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64url.Strict.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
