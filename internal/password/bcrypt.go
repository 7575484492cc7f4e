package password

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost bounds what one import can cost: about two seconds of a core.
	maxBcryptCost = 14
	// maxBcryptLen is all that bcrypt looks at. A longer password would be
	// accepted by its beginning, so it is refused.
	maxBcryptLen = 72
)

// bcryptForm knows every variant but $2x$, which marks hashes of an
// implementation that garbled characters beyond ASCII.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

func isBcrypt(hash string) bool { return bcryptForm.MatchString(hash) }

// verifyBcrypt compares password with an imported hash. Few systems normalised
// before they hashed, so the bytes are tried as they came, then in NFC where that
// differs. A password that is too long is compared all the same, for the time.
func (h *Hasher) verifyBcrypt(ctx context.Context, hash, password string) (bool, error) {
	cost, err := strconv.Atoi(bcryptForm.FindStringSubmatch(hash)[1])
	if err != nil || cost > maxBcryptCost {
		return false, fmt.Errorf("%w: bcrypt cost %d, want at most %d", ErrStored, cost, maxBcryptCost)
	}
	leave, err := h.gate.enter(ctx, h.payer, 1)
	if err != nil {
		return false, err
	}
	defer leave()
	hashes.Inc("verify")
	candidates := []string{password}
	if nfc := Normalize(password); nfc != password {
		candidates = append(candidates, nfc)
	}
	for _, candidate := range candidates {
		err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(candidate))
		if err == nil && len(candidate) <= maxBcryptLen {
			return true, nil
		}
		if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, fmt.Errorf("%w: %w", ErrStored, err)
		}
	}
	return false, nil
}
