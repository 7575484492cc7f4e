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

// A session id is the base64url encoding of one byte that identifies the key, 16 random bytes, and
// a 16-byte MAC of both and the user's id. So the secret of access tokens alone does not suffice to
// sign a token that names another user's session.
const (
	idRandom = 16
	idTag    = 16
	idLength = 1 + idRandom + idTag
)

// idKey creates and verifies ids with one secret.
type idKey struct {
	mac  *keyring.MAC
	mark byte
}

// IDs creates and verifies session ids with the keys of a ring, the current one first.
type IDs []idKey

// NewIDs returns the IDs for a ring.
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

// Next returns a new id for a user.
func (k IDs) Next(userID int64, rand io.Reader) (string, error) {
	id := make([]byte, 1+idRandom, idLength)
	id[0] = k[0].mark
	if _, err := io.ReadFull(rand, id[1:]); err != nil {
		return "", fmt.Errorf("session: new id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(id, k[0].tag(id, userID)...)), nil
}

// owns reports whether an id belongs to the user. known is false if no current key made the id, so
// that only the table knows its user: it is from the first release or its secret has been changed.
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
