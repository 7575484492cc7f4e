package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// maxIterations bounds PBKDF2 to about a second of a core.
const maxIterations = 2_000_000

// pbkdf2Digests are the supported digests with their lengths. Longer keys take several times the
// work, and their first block suffices.
var pbkdf2Digests = map[string]struct {
	new    func() hash.Hash
	length int
}{
	"pbkdf2-sha1":   {sha1.New, sha1.Size},
	"pbkdf2-sha256": {sha256.New, sha256.Size},
	"pbkdf2-sha512": {sha512.New, sha512.Size},
}

// pbkdf2Hash is $pbkdf2-sha256$i=600000$salt$key.
type pbkdf2Hash struct {
	form       string
	iterations int
	salt, key  []byte
}

func parsePBKDF2(hash string) (pbkdf2Hash, error) {
	part := strings.Split(hash, "$")
	if len(part) != 5 {
		return pbkdf2Hash{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	k := pbkdf2Hash{form: part[1]}
	var salt, key error
	_, params := fmt.Sscanf(part[2], "i=%d", &k.iterations)
	k.salt, salt = base64.RawStdEncoding.DecodeString(part[3])
	k.key, key = base64.RawStdEncoding.DecodeString(part[4])
	if params != nil || salt != nil || key != nil || k.String() != hash {
		return pbkdf2Hash{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	return k, k.check()
}

// String returns the stored form.
func (k pbkdf2Hash) String() string {
	return fmt.Sprintf("$%s$i=%d$%s$%s", k.form, k.iterations,
		base64.RawStdEncoding.EncodeToString(k.salt), base64.RawStdEncoding.EncodeToString(k.key))
}

func (k pbkdf2Hash) check() error {
	digest, known := pbkdf2Digests[k.form]
	switch {
	case !known:
		return fmt.Errorf("%w: PBKDF2 with a digest other than SHA-1, SHA-256 and SHA-512", ErrStored)
	case k.iterations < 1 || k.iterations > maxIterations:
		return fmt.Errorf("%w: %d iterations, want 1 to %d", ErrStored, k.iterations, maxIterations)
	case len(k.salt) < minForeignSalt || len(k.salt) > maxLen || len(k.key) < minKeyLen || len(k.key) > digest.length:
		return fmt.Errorf("%w: a salt of %d bytes, a key of %d", ErrStored, len(k.salt), len(k.key))
	}
	return nil
}

func (k pbkdf2Hash) effort() effort { return effort{family: k.form, cost: k.iterations} }

func (k pbkdf2Hash) outdated(Params) bool { return true }

func (k pbkdf2Hash) matches(password string) bool {
	key, err := pbkdf2.Key(pbkdf2Digests[k.form].new, password, k.salt, k.iterations, len(k.key))
	return err == nil && subtle.ConstantTimeCompare(k.key, key) == 1
}

// adoptPBKDF2 converts passlib's format ($pbkdf2-sha256$29000$…, and $pbkdf2$… for SHA-1, with dots
// in its base64), Kratos's ($pbkdf2-sha256$i=100000,l=32$…) and Django's
// (pbkdf2_sha256$600000$salt$… with a plain text salt).
func adoptPBKDF2(hash string) (string, error) {
	django := !strings.HasPrefix(hash, "$")
	part := strings.Split(strings.TrimPrefix(hash, "$"), "$")
	if len(part) != 4 {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	k := pbkdf2Hash{form: strings.Replace(part[0], "_", "-", 1)}
	if k.form == "pbkdf2" {
		k.form = "pbkdf2-sha1"
	}
	count, _, _ := strings.Cut(strings.TrimPrefix(part[1], "i="), ",")
	var count2, salt, key error
	k.iterations, count2 = strconv.Atoi(count)
	if k.salt = []byte(part[2]); !django {
		k.salt, salt = anyBase64(part[2])
	}
	k.key, key = anyBase64(part[3])
	if count2 != nil || salt != nil || key != nil {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	return k.adopt()
}

// PBKDF2 returns the stored form of a hash given in parts, as exported by Keycloak and Casdoor.
// Salt and key are base64.
func PBKDF2(digest string, iterations int, salt, key string) (string, error) {
	k := pbkdf2Hash{form: "pbkdf2-" + digest, iterations: iterations}
	var err error
	if k.salt, err = anyBase64(salt); err != nil {
		return "", err
	}
	if k.key, err = anyBase64(key); err != nil {
		return "", err
	}
	return k.adopt()
}

func (k pbkdf2Hash) adopt() (string, error) {
	if digest, known := pbkdf2Digests[k.form]; known && len(k.key) > digest.length {
		k.key = k.key[:digest.length]
	}
	if err := k.check(); err != nil {
		return "", err
	}
	return k.String(), nil
}
