package password

import (
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost bounds a hash to about a second of a core.
	maxBcryptCost = 14
	// maxBcryptLen is the length to which bcrypt truncates. Longer passwords are refused, because
	// their beginning would suffice, unless the source truncated them, too.
	maxBcryptLen = 72
)

// bcryptForm matches all variants except $2x$, which marks hashes of an implementation that garbled
// non-ASCII characters.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// bcryptHash is a bcrypt hash.
type bcryptHash struct {
	text string
	cost int
	// cuts means that the source truncated passwords to 72 bytes.
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

// effort counts rounds, so that the difference to a higher cost can be computed.
func (b bcryptHash) effort() effort { return effort{family: familyBcrypt, cost: 1 << b.cost} }

func (b bcryptHash) outdated(Params) bool { return true }

// matches also hashes a password that is too long, to take the same time.
func (b bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b.text), []byte(password)) == nil && (b.cuts || len(password) <= maxBcryptLen)
}

// A salt, and a bcrypt salt with a hash. Only their work matters.
const (
	decoySalt   = "abcdefghijklmnop"
	bcryptDecoy = "abcdefghijklmnopqrstuu" + "abcdefghijklmnopqrstuvwxyz01234"
)
