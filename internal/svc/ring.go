package svc

import (
	"encoding/base64"
	"io"

	"user-api/internal/config"
	"user-api/internal/keyring"
)

// newRing derives the keys from the configured secrets.
func newRing(c config.Config, rand io.Reader) (*keyring.Ring, error) {
	return keyring.FromSecrets(keyring.Secrets{
		Pepper: secret(c.Otp.Pepper), PrevPepper: secret(c.Otp.PrevPepper),
		Pseudonym: secret(c.Privacy.PseudonymKey), PrevPseudonym: secret(c.Privacy.PrevPseudonymKey),
	}, rand)
}

// secret returns the bytes that text encodes in base64, or else the text itself.
func secret(text string) []byte {
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil && len(raw) >= keyring.MinPepper {
		return raw
	}
	return []byte(text)
}
