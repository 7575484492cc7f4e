package session

import (
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"

	"user-api/internal/base64url"
	"user-api/internal/keyring"
)

// A session id is one byte that names the key, 16 random bytes, and 16 bytes of a MAC
// over both and the user's id, in base64url. Whoever has the secret of access tokens
// alone cannot sign a token that names a session of another user.
const (
	idRandom = 16
	idTag    = 16
	idLength = 1 + idRandom + idTag
)

// idKey makes and recognises ids under one secret.
type idKey struct {
	mac  *keyring.MAC
	mark byte
}

// IDs makes and recognises session ids. It is the keys of a ring, the current one
// first.
type IDs []idKey

// NewIDs returns the IDs of a ring.
func NewIDs(ring *keyring.Ring) (IDs, error) {
	macs, err := ring.MACs("session id")
	if err != nil {
		return nil, err
	}
	var keys IDs
	for _, mac := range macs {
		keys = append(keys, idKey{mac, mac.Sum("mark")[0]})
	}
	return keys, nil
}

// Next returns a new id of a user.
func (k IDs) Next(userID int64, rand io.Reader) (string, error) {
	id := make([]byte, 1+idRandom, idLength)
	id[0] = k[0].mark
	if _, err := io.ReadFull(rand, id[1:]); err != nil {
		return "", fmt.Errorf("session: new id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(id, k[0].tag(id, userID)...)), nil
}

// owns reports whether an id is one of the user's. known is false for an id that no
// key here has made, which the table must tell: one of the first release, or one
// under a secret that has been changed since.
func (k IDs) owns(id string, userID int64) (owns, known bool) {
	raw, err := base64url.Strict.DecodeString(id)
	if err != nil || len(raw) != idLength {
		return false, false
	}
	for _, key := range k {
		if raw[0] != key.mark {
			continue
		}
		known = true
		if hmac.Equal(raw[1+idRandom:], key.tag(raw[:1+idRandom], userID)) {
			return true, true
		}
	}
	return false, known
}

func (k idKey) tag(begin []byte, userID int64) []byte {
	return k.mac.Sum("id", string(begin), strconv.FormatInt(userID, 10))[:idTag]
}
