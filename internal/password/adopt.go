package password

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
)

// Kinds of foreign hashes that Adopt must be told of, since they do not say what they
// are. KindAuto is every kind that does.
const (
	KindAuto = "auto"
	// KindMD5Bcrypt is bcrypt of the hexadecimal MD5 of a password.
	KindMD5Bcrypt = "md5-bcrypt"
	// KindSHA256Bcrypt is bcrypt of the hexadecimal SHA-256 of a password.
	KindSHA256Bcrypt = "sha256-bcrypt"
	// KindCutBcrypt is bcrypt by a system that took longer passwords by their first 72
	// bytes, as most did.
	KindCutBcrypt = "cut-bcrypt"
	// KindMD5 is the hexadecimal MD5 of a password, and KindPlain the password itself:
	// neither is kept, so both cost a hash of our own.
	KindMD5   = "md5"
	KindPlain = "plain"
)

// Kinds are all kinds of foreign hashes.
var Kinds = []string{KindAuto, KindMD5Bcrypt, KindSHA256Bcrypt, KindCutBcrypt, KindMD5, KindPlain}

// maxStored is the width of the column.
const maxStored = 255

// Adopt makes of a hash of another system what is stored, which says of itself what it
// is and fits the column. It fails with ErrStored for a hash that Verify would refuse;
// the error never holds the hash.
func (h *Hasher) Adopt(ctx context.Context, kind, hash string) (adopted string, err error) {
	if err := CheckMade(kind, hash); err != nil {
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
		return "", fmt.Errorf("%w: %d bytes, of which %d can be stored", ErrStored, len(adopted), maxStored)
	}
	if _, err := read(adopted); err != nil {
		return "", err
	}
	return adopted, nil
}

// Made reports whether Adopt makes a hash of our own of a kind, which takes its time.
func Made(kind string) bool { return kind == KindMD5 || kind == KindPlain }

// CheckMade reports whether Adopt would make one of this. Others it takes as they are.
func CheckMade(kind, hash string) error {
	if raw, err := hex.DecodeString(hash); kind == KindMD5 && (err != nil || len(raw) != 16) {
		return fmt.Errorf("%w: not the hexadecimal digits of an MD5", ErrStored)
	}
	return nil
}

// adoptAuto reads what says of itself what it is. Django's names stand before its own
// and others' forms.
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

// adoptArgon2 puts the parameters in the order of all implementations but one or two.
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
