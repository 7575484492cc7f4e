package keyring

import (
	"encoding/json"
	"fmt"

	"user-api/internal/base64url"
)

// SealText seals a value as JSON, for a client to carry: a text in base64url. The service
// keeps nothing of it, so the value says when it expires.
func (r *Ring) SealText(context string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("keyring: %s: %w", context, err)
	}
	sealed, err := r.Seal(context, plain)
	if err != nil {
		return "", fmt.Errorf("keyring: %s: %w", context, err)
	}
	return base64url.Strict.EncodeToString(sealed), nil
}

// OpenText reads into a value what SealText has made for the same context, and reports
// whether it has: a text longer than most bytes is not read.
func (r *Ring) OpenText(context, text string, most int, into any) bool {
	if len(text) > most {
		return false
	}
	sealed, err := base64url.Strict.DecodeString(text)
	if err != nil {
		return false
	}
	plain, err := r.Open(context, sealed)
	return err == nil && json.Unmarshal(plain, into) == nil
}
