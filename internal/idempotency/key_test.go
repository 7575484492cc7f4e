package idempotency_test

import (
	"os"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/idempotency"
)

func TestParseKey(t *testing.T) {
	for name, row := range map[string]struct {
		lines []string
		ok    bool
	}{
		"a UUID":                    {[]string{"8e03978e-40d5-43dd-bc93-6894a57f9324"}, true},
		"a string of RFC 9651":      {[]string{`"8e03978e-40d5-43dd-bc93-6894a57f9324"`}, true},
		"16 characters":             {[]string{strings.Repeat("k", 16)}, true},
		"128 characters":            {[]string{strings.Repeat("k", 128)}, true},
		"15 characters":             {[]string{strings.Repeat("k", 15)}, false},
		"129 characters":            {[]string{strings.Repeat("k", 129)}, false},
		"empty":                     {[]string{""}, false},
		"twice":                     {[]string{strings.Repeat("k", 16), strings.Repeat("k", 16)}, false},
		"two lines, joined":         {[]string{strings.Repeat("k", 16) + "," + strings.Repeat("k", 16)}, false},
		"a space within":            {[]string{"kkkkkkkk kkkkkkkk"}, false},
		"a line break":              {[]string{"kkkkkkkk\nkkkkkkkk"}, false},
		"a NUL":                     {[]string{"kkkkkkkk\x00kkkkkkkk"}, false},
		"a letter beyond ASCII":     {[]string{"kkkkkkkkkkkkkkkké"}, false},
		"bytes that are not UTF-8":  {[]string{"kkkkkkkkkkkkkkkk\xff"}, false},
		"16 bytes, fewer than that": {[]string{"éééééééé"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := idempotency.ParseKey(row.lines)
			if row.ok {
				if err != nil || key != row.lines[0] {
					t.Errorf("got %q, %v", key, err)
				}
				return
			}
			if key != "" || !apperr.Is(err, apperr.InvalidRequest) || apperr.From(err).Field != "Idempotency-Key" {
				t.Errorf("got %q, %v, want invalid_request of Idempotency-Key", key, err)
			}
		})
	}
}

func FuzzParseKey(f *testing.F) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzParseKey")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		key, err := idempotency.ParseKey([]string{line})
		if err != nil {
			if key != "" || !apperr.Is(err, apperr.InvalidRequest) {
				t.Errorf("%q: %q, %v", line, key, err)
			}
			return
		}
		if key != line || len(key) < 16 || len(key) > 128 {
			t.Errorf("%q is parsed as %q", line, key)
		}
		for i := range len(key) {
			if key[i] <= ' ' || key[i] > '~' || key[i] == ',' {
				t.Errorf("%q is accepted", line)
			}
		}
	})
}
