package keyring

import (
	"encoding/json"
	"fmt"

	"user-api/internal/base64url"
)

// SealText seals a value as JSON in base64url, for a client to carry. The service keeps no
// copy, so the value must contain its own expiry.
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

// OpenText decodes a text made by SealText for the same context into a value and reports
// whether it succeeded. It rejects texts longer than limit bytes.
func (r *Ring) OpenText(context, text string, limit int, into any) bool {
	if len(text) > limit {
		return false
	}
	sealed, err := base64url.Strict.DecodeString(text)
	if err != nil {
		return false
	}
	plain, err := r.Open(context, sealed)
	return err == nil && json.Unmarshal(plain, into) == nil
}
