package social

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// keyFile writes a key in PKCS #8, as Apple issues it.
func keyFile(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "AuthKey.p8")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newECKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAppleSecret(t *testing.T) {
	key, now := newECKey(t, elliptic.P256()), time.Unix(1_800_000_000, 0)
	secret, err := AppleSecret("TEAM123456", "KEY1234567", "com.example.web", keyFile(t, key))
	if err != nil {
		t.Fatal(err)
	}
	get := func() string {
		t.Helper()
		text, err := secret(now)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := get()
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithoutClaimsValidation())
	claims := jwt.MapClaims{}
	token, err := parser.ParseWithClaims(first, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"iss": "TEAM123456", "sub": "com.example.web", "aud": "https://appleid.apple.com", "iat": float64(now.Unix()),
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if life := claims["exp"].(float64) - claims["iat"].(float64); token.Header["kid"] != "KEY1234567" || life <= 0 || life > 15777000 {
		t.Errorf("the header is %v, the life %v", token.Header, life)
	}
	for _, step := range []struct {
		after time.Duration
		same  bool
	}{{23 * time.Hour, true}, {25 * time.Hour, false}, {-90 * time.Hour, false}} {
		before := get()
		now = now.Add(step.after)
		if same := get() == before; same != step.same {
			t.Errorf("after %s the secret is the same: %t", step.after, same)
		}
	}
}

// Errors name the file but never quote it.
func TestAppleSecret_badKey(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.p8")
	if err := os.WriteFile(junk, []byte("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, name := range map[string]string{
		"no file": filepath.Join(t.TempDir(), "none.p8"), "a folder": t.TempDir(), "no key": junk,
		"another curve": keyFile(t, newECKey(t, elliptic.P384())),
	} {
		_, err := AppleSecret("TEAM123456", "KEY1234567", "com.example.web", name)
		if err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
