package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Bounds for stored hashes. Whoever can write a hash into the database must not be able to stop the
// service with it: a hash takes at most 128 MiB (Django's default is 100) and about a second of a
// core.
const (
	maxMemory      = 128 * 1024  // KiB
	maxWork        = 1024 * 1024 // KiB, all passes together
	maxParallelism = 16
	minSaltLen     = 8 // also the minimum of the reference implementation
	minKeyLen      = 16
	maxLen         = 64 // of salt and key
)

// ErrStored is returned for a stored hash that is malformed, of an unknown algorithm or out of
// bounds. It never contains the hash.
var ErrStored = errors.New("password: the stored hash cannot be verified")

// The variants of argon2.
const (
	argon2id = "argon2id"
	argon2i  = "argon2i"
)

// stored is a parsed argon2 PHC string. SaltLen and KeyLen are the lengths of salt and key.
type stored struct {
	Params
	variant   string
	salt, key []byte
}

// parse parses an argon2 PHC string. It accepts only the spelling that String and all common
// implementations write.
func parse(phc string) (stored, error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[1] != argon2id && part[1] != argon2i {
		return stored{}, fmt.Errorf("%w: unknown algorithm", ErrStored)
	}
	s := stored{variant: part[1]}
	var salt, key error
	_, params := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &s.Memory, &s.Time, &s.Parallelism)
	s.salt, salt = base64.RawStdEncoding.DecodeString(part[4])
	s.key, key = base64.RawStdEncoding.DecodeString(part[5])
	if params != nil || salt != nil || key != nil || s.String() != phc {
		return stored{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	s.SaltLen, s.KeyLen = uint32(len(s.salt)), uint32(len(s.key))
	if err := s.check(); err != nil {
		return stored{}, fmt.Errorf("%w: %w", ErrStored, err)
	}
	return s, nil
}

// String returns the PHC string.
func (s stored) String() string {
	salt, key := base64.RawStdEncoding.EncodeToString(s.salt), base64.RawStdEncoding.EncodeToString(s.key)
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", s.variant, argon2.Version, s.Memory, s.Time, s.Parallelism, salt, key)
}

// effort returns the work of the hash. The lengths are omitted because they take no time.
func (s stored) effort() effort {
	return effort{family: fmt.Sprintf("%s m=%d,t=%d,p=%d", s.variant, s.Memory, s.Time, s.Parallelism), cost: 1}
}

func (s stored) matches(password string) bool {
	return subtle.ConstantTimeCompare(s.key, s.derive(password)) == 1
}

// derive computes the key of password. argon2i hashes are always imported, so their source did not
// normalize.
func (s stored) derive(password string) []byte {
	if s.variant == argon2i {
		return argon2.Key([]byte(password), s.salt, s.Time, s.Memory, s.Parallelism, s.KeyLen)
	}
	return argon2.IDKey([]byte(Normalize(password)), s.salt, s.Time, s.Memory, s.Parallelism, s.KeyLen)
}

// outdated reports whether the hash should be replaced by one with parameters p.
func (s stored) outdated(p Params) bool { return s.variant != argon2id || s.weaker(p) }

// check reports whether p is within bounds.
func (p Params) check() error {
	switch {
	case p.Parallelism < 1 || p.Parallelism > maxParallelism:
		return fmt.Errorf("parallelism %d, want 1 to %d", p.Parallelism, maxParallelism)
	case p.Memory < 8*uint32(p.Parallelism) || p.Memory > maxMemory: // RFC 9106 §3.1 has the minimum
		return fmt.Errorf("memory %d KiB, want %d to %d", p.Memory, 8*uint32(p.Parallelism), maxMemory)
	case p.Time < 1 || p.work() > maxWork:
		return fmt.Errorf("time %d with memory %d KiB, want 1 to %d", p.Time, p.Memory, maxWork/p.Memory)
	case p.SaltLen < minSaltLen || p.SaltLen > maxLen:
		return fmt.Errorf("a salt of %d bytes, want %d to %d", p.SaltLen, minSaltLen, maxLen)
	case p.KeyLen < minKeyLen || p.KeyLen > maxLen:
		return fmt.Errorf("a key of %d bytes, want %d to %d", p.KeyLen, minKeyLen, maxLen)
	}
	return nil
}

// weaker reports whether p is weaker than q in any respect. Passes count by the memory they cover,
// so that more memory in fewer passes, which OWASP considers equal, is not weaker. Lanes do not
// count.
func (p Params) weaker(q Params) bool {
	return p.Memory < q.Memory || p.work() < q.work() || p.SaltLen < q.SaltLen || p.KeyLen < q.KeyLen
}

// work returns the memory written by the hash, in KiB.
func (p Params) work() uint64 { return uint64(p.Memory) * uint64(p.Time) }
