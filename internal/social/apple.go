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
	// appleSecretLife is well below the six months that Apple takes at most. For
	// appleSecretNew a secret is used again, so that it is never about to end.
	appleSecretLife = 48 * time.Hour
	appleSecretNew  = 24 * time.Hour
	maxKeyFile      = 64 << 10
)

// appleSecret makes the client secret that Apple asks for: a token that the key of a team
// signs for a client. It is made when it is needed, and kept for as long as it is new.
type appleSecret struct {
	teamID, keyID, clientID string
	key                     *ecdsa.PrivateKey

	mu   sync.Mutex
	text string
	made time.Time
}

// AppleSecret is an Options.Secret for Apple. The file is the key AuthKey_….p8, which Apple
// gives out once.
func AppleSecret(teamID, keyID, clientID, file string) (func(now time.Time) (string, error), error) {
	key, err := readAppleKey(file)
	if err != nil {
		return nil, fmt.Errorf("social: the key of Apple: %w", err)
	}
	return (&appleSecret{teamID: teamID, keyID: keyID, clientID: clientID, key: key}).at, nil
}

func readAppleKey(name string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return nil, fmt.Errorf("%s is no file of a key", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParseECPrivateKeyFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key in PEM", name) // the error may quote it
	}
	if key.Curve != elliptic.P256() {
		return nil, errors.New("it is not of the curve P-256")
	}
	return key, nil
}

// at is a secret that is good for a day at least.
func (s *appleSecret) at(now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A clock that was set back makes it anew as well: Apple refuses what is of the future.
	if age := now.Sub(s.made); s.text != "" && age >= 0 && age < appleSecretNew {
		return s.text, nil
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": s.teamID, "sub": s.clientID, "aud": appleAudience, "iat": now.Unix(), "exp": now.Add(appleSecretLife).Unix(),
	})
	token.Header["kid"] = s.keyID
	text, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("social: the client secret of Apple: %w", err)
	}
	s.text, s.made = text, now
	return text, nil
}
