package social

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

const (
	appleAudience = "https://appleid.apple.com"
	// appleSecretLife is well below Apple's maximum of six months. A secret is reused for
	// appleSecretReuse, so that it never expires soon.
	appleSecretLife  = 48 * time.Hour
	appleSecretReuse = 24 * time.Hour
	maxKeyFile       = 64 << 10
)

// appleSecret creates the client secret for Apple: a token for a client, signed with the key of a
// team. It is created on demand and reused for a while.
type appleSecret struct {
	teamID, keyID, clientID string
	key                     *ecdsa.PrivateKey

	mu   sync.Mutex
	text string
	made time.Time
}

// AppleSecret returns an Options.Secret for Apple. file is the key AuthKey_….p8, which Apple issues
// only once.
func AppleSecret(teamID, keyID, clientID, file string) (func(now time.Time) (string, error), error) {
	key, err := readAppleKey(file)
	if err != nil {
		return nil, fmt.Errorf("social: Apple key: %w", err)
	}
	return (&appleSecret{teamID: teamID, keyID: keyID, clientID: clientID, key: key}).at, nil
}

func readAppleKey(name string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return nil, fmt.Errorf("%s is not a key file", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParseECPrivateKeyFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("%s contains no PEM private key", name) // the error may quote it
	}
	if key.Curve != elliptic.P256() {
		return nil, errors.New("the key is not on curve P-256")
	}
	return key, nil
}

// at returns a secret that is valid for at least a day.
func (s *appleSecret) at(now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Also renew after the clock was set back: Apple refuses tokens from the future.
	if age := now.Sub(s.made); s.text != "" && age >= 0 && age < appleSecretReuse {
		return s.text, nil
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": s.teamID, "sub": s.clientID, "aud": appleAudience, "iat": now.Unix(), "exp": now.Add(appleSecretLife).Unix(),
	})
	token.Header["kid"] = s.keyID
	text, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("social: Apple client secret: %w", err)
	}
	s.text, s.made = text, now
	return text, nil
}
