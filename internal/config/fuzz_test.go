package config_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"user-api/internal/config"
)

// For any input: no panic, an error is of type Problems with the zero Config, and what is
// accepted breaks no rule.
func FuzzParse(f *testing.F) {
	for _, path := range []string{shippedFile, proFile, "testdata/broken.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("")
	f.Add("# nothing")
	f.Add("Mode: dev\n? [a, b]\n: c")
	f.Add("Mode: dev\nCacheRedis: [{Host: ~}, [], 1, ~]")
	f.Add("Mode: !!binary ZGV2\n<<: {Port: 1}")
	f.Add("Mode: dev\n\"\": 1\nAuth: {\"\": 1, Auth: &a [*a]}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse([]byte(text), noEnv)
		if err == nil {
			if err := c.Validate(); err != nil {
				t.Errorf("accepted, yet Validate says %v", err)
			}
			return
		}
		var problems config.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Errorf("error is %T (%v), want Problems", err, err)
		}
		if c.Mode != "" || c.Name != "" {
			t.Errorf("an error came with %v, want the zero Config", c)
		}
	})
}

// A secret never appears in the error, however it is written.
func FuzzParseErrorHidesSecret(f *testing.F) {
	for _, prefix := range []string{"", "*", "&", "!", "[", "{", "%", "@", "`", "|\n ", "\"", "!!int ", "- ", "? ", "a: "} {
		f.Add(prefix)
	}
	f.Fuzz(func(t *testing.T, prefix string) {
		if strings.ContainsAny(prefix, "\n\r\u0085\u2028\u2029:,[]{}?") {
			// The secret could otherwise be a key or the value of another key.
			return
		}
		_, err := config.Parse([]byte("Mode: pro\nAuth:\n  AccessSecret: "+prefix+"QhunterZ\n"), noEnv)
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("prefix %q: error %v, want one that does not show the secret", prefix, err)
		}
	})
}
