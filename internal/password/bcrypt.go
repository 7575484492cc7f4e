package password

import (
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost bounds what one import can cost: about a second of a core.
	maxBcryptCost = 14
	// maxBcryptLen is all that bcrypt looks at. A longer password would be
	// accepted by its beginning, so it is refused, unless the source cut it as well.
	maxBcryptLen = 72
)

// bcryptForm knows every variant but $2x$, which marks hashes of an
// implementation that garbled characters beyond ASCII.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// bcryptHash is a hash of bcrypt.
type bcryptHash struct {
	text string
	cost int
	// cuts says that the source took a longer password by its first 72 bytes.
	cuts bool
}

func parseBcrypt(hash string, cuts bool) (bcryptHash, error) {
	found := bcryptForm.FindStringSubmatch(hash)
	if found == nil {
		return bcryptHash{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	cost, err := strconv.Atoi(found[1])
	if err != nil || cost < bcrypt.MinCost || cost > maxBcryptCost {
		return bcryptHash{}, fmt.Errorf("%w: bcrypt cost %d, want %d to %d", ErrStored, cost, bcrypt.MinCost, maxBcryptCost)
	}
	return bcryptHash{text: hash, cost: cost, cuts: cuts}, nil
}

// effort counts rounds, so that what is left to a higher cost can be told.
func (b bcryptHash) effort() effort { return effort{family: familyBcrypt, cost: 1 << b.cost} }

func (b bcryptHash) outdated(Params) bool { return true }

// matches compares a password that is too long all the same, for the time.
func (b bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b.text), []byte(password)) == nil && (b.cuts || len(password) <= maxBcryptLen)
}

// A salt, and one of bcrypt with the hash of nothing: only the work counts.
const (
	decoySalt   = "abcdefghijklmnop"
	bcryptDecoy = "abcdefghijklmnopqrstuu" + "abcdefghijklmnopqrstuvwxyz01234"
)
