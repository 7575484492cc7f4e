package password

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
)

// Kinds of foreign hashes that do not identify themselves. KindAuto stands for all that do.
const (
	KindAuto = "auto"
	// KindMD5Bcrypt is bcrypt of the hexadecimal MD5.
	KindMD5Bcrypt = "md5-bcrypt"
	// KindSHA256Bcrypt is bcrypt of the hexadecimal SHA-256.
	KindSHA256Bcrypt = "sha256-bcrypt"
	// KindCutBcrypt is bcrypt by a system that truncated passwords to 72 bytes, as most did.
	KindCutBcrypt = "cut-bcrypt"
	// KindMD5 is the hexadecimal MD5, KindPlain the password itself. Neither is stored, so both
	// cost a new hash.
	KindMD5   = "md5"
	KindPlain = "plain"
)

// Kinds lists all kinds of foreign hashes.
var Kinds = []string{KindAuto, KindMD5Bcrypt, KindSHA256Bcrypt, KindCutBcrypt, KindMD5, KindPlain}

// maxStored is the width of the column.
const maxStored = 255

// Adopt converts a foreign hash to its stored form, which identifies its kind and fits the column.
// It fails with ErrStored for a hash that Verify would reject; the error never contains the hash.
func (h *Hasher) Adopt(ctx context.Context, kind, hash string) (adopted string, err error) {
	if err := CheckSource(kind, hash); err != nil {
		return "", err
	}
	switch kind {
	case KindPlain:
		return h.Hash(ctx, hash)
	case KindMD5:
		adopted, err = h.Hash(ctx, strings.ToLower(hash))
		adopted = ofMD5 + adopted
	case KindMD5Bcrypt:
		adopted = ofMD5 + hash
	case KindSHA256Bcrypt:
		adopted = ofSHA256 + hash
	case KindCutBcrypt:
		adopted = ofCut + hash
	default:
		adopted, err = adoptAuto(hash)
	}
	if err != nil {
		return "", err
	}
	if len(adopted) > maxStored {
		return "", fmt.Errorf("%w: %d bytes, at most %d can be stored", ErrStored, len(adopted), maxStored)
	}
	if _, err := read(adopted); err != nil {
		return "", err
	}
	return adopted, nil
}

// NeedsHash reports whether Adopt computes a new hash for a kind, which takes time.
func NeedsHash(kind string) bool { return kind == KindMD5 || kind == KindPlain }

// CheckSource checks the input of a kind for which Adopt computes a new hash. Other kinds pass.
func CheckSource(kind, hash string) error {
	if raw, err := hex.DecodeString(hash); kind == KindMD5 && (err != nil || len(raw) != 16) {
		return fmt.Errorf("%w: not the hexadecimal digits of an MD5", ErrStored)
	}
	return nil
}

// adoptAuto converts a hash that identifies itself. Django puts its names before its own and
// others' formats.
func adoptAuto(hash string) (string, error) {
	switch {
	case strings.HasPrefix(hash, "bcrypt_sha256$$"):
		return ofSHA256 + strings.TrimPrefix(hash, "bcrypt_sha256$"), nil
	case strings.HasPrefix(hash, "bcrypt$$"):
		return strings.TrimPrefix(hash, "bcrypt$"), nil
	case strings.HasPrefix(hash, "argon2$argon2"):
		hash = strings.TrimPrefix(hash, "argon2")
	case strings.HasPrefix(hash, "pbkdf2_"), strings.HasPrefix(hash, "$pbkdf2"):
		return adoptPBKDF2(hash)
	case strings.HasPrefix(hash, "$scrypt$"):
		return adoptScrypt(hash)
	case strings.HasPrefix(hash, "$firescrypt$"), strings.HasPrefix(hash, "$fbscrypt$"):
		return adoptFirebase(hash)
	}
	if strings.HasPrefix(hash, "$argon2") {
		return adoptArgon2(hash), nil
	}
	return hash, nil
}

// adoptArgon2 sorts the parameters into the usual order, which a few implementations do not use.
func adoptArgon2(hash string) string {
	part := strings.Split(strings.ReplaceAll(hash, "=$", "$"), "$")
	if len(part) != 6 {
		return hash
	}
	values := map[string]string{}
	for _, pair := range strings.Split(part[3], ",") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	if len(values) == 3 {
		part[3] = fmt.Sprintf("m=%s,t=%s,p=%s", values["m"], values["t"], values["p"])
	}
	return strings.TrimRight(strings.Join(part, "$"), "=")
}
