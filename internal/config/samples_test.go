package config_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"user-api/internal/testkit"
)

// Pro refuses every line of wellknown.txt in any encoding.
func TestPro_wellKnownSecrets(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	seen := 0
	for line := range strings.Lines(read(t, "wellknown.txt")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		secret, source, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !found || source == "" {
			t.Errorf("the line %q has no source", line)
		}
		seen++
		long := secret
		for len(long) < 32 {
			long += "Vt3Lk0"
		}
		for name, text := range map[string]string{
			"as it stands": long, "in capitals": strings.ToUpper(long), "in small letters": strings.ToLower(long),
			"in base64": base64.StdEncoding.EncodeToString([]byte(long)), "in hex": hex.EncodeToString([]byte(long)),
			"with a prefix": "your-" + long,
		} {
			for _, key := range []string{"access", "pepper", "gateway"} {
				c := good(t, "pro")
				switch key {
				case "access":
					c.Auth.AccessSecret = text
				case "pepper":
					c.Otp.Pepper = text
				case "gateway":
					c.Sms.Http.Secret = text
				}
				err := c.Validate()
				if err == nil || !strings.Contains(err.Error(), "looks like a sample") || strings.Contains(err.Error(), text) {
					t.Errorf("%s, %s, as %s: %v", source, name, key, err)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d secrets, want twenty at the least", seen)
	}
}

func TestPro_weakSecrets(t *testing.T) {
	bytes := func(f func(i int) byte) string {
		raw := make([]byte, 32)
		for i := range raw {
			raw[i] = f(i)
		}
		return string(raw)
	}
	count := bytes(func(i int) byte { return byte(i) })
	for name, text := range map[string]string{
		"one letter":         strings.Repeat("x", 40),
		"a repeated piece":   strings.Repeat("Zq8pwVt3Lk0", 3),
		"the alphabet":       "abcdefghijklmnopqrstuvwxyz0123456789",
		"backwards":          "zyxwvutsrqponmlkjihgfedcba9876543210",
		"counted, in base64": base64.StdEncoding.EncodeToString([]byte(count)),
		"counted, in hex":    hex.EncodeToString([]byte(count)),
		"zeros, in base64":   base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"change-me":          "Change-Me-" + proEnv["ACCESS_SECRET"],
	} {
		c := good(t, "pro")
		c.Auth.RefreshSecret = text
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "Auth.RefreshSecret: must be random") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Output of openssl rand is never taken for a sample.
func TestPro_randomSecretsPass(t *testing.T) {
	c := good(t, "pro")
	for range 500 {
		raw := make([]byte, 32)
		rand.Read(raw)
		for _, text := range []string{base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw), hex.EncodeToString(raw[:16])} {
			c.Otp.Pepper = text
			if err := c.FillSecrets(nil); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
}

// Secrets are compared in all encodings, and none may equal a third-party credential.
func TestEqualSecrets(t *testing.T) {
	raw := make([]byte, 32)
	rand.Read(raw)
	c := good(t, "dev")
	c.Auth.AccessSecret, c.Auth.RefreshSecret = hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw)
	c.CacheRedis[0].Pass = c.Otp.Pepper
	err := c.Validate()
	for _, want := range []string{"Auth.RefreshSecret: must differ from Auth.AccessSecret", "Otp.Pepper: must differ from CacheRedis[0].Pass"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
