package password

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Prefixes of stored hashes that are not of the password itself but of its hexadecimal digest, from
// systems that rehashed old digests, or of its first 72 bytes.
const (
	ofMD5    = "$md5"
	ofSHA256 = "$sha256"
	ofCut    = "$cut"
)

type (
	// form is a parsed stored hash.
	form interface {
		// effort returns the work of one call of matches.
		effort() effort
		// matches reports whether a password, as typed, matches.
		matches(password string) bool
		// outdated reports whether the hash should be replaced by one with parameters p.
		outdated(p Params) bool
	}

	// digested is a hash of the digest of a password.
	digested struct {
		form
		digest func(string) string
	}

	// asTyped is a foreign hash. Few systems normalized passwords, so it tries the password as
	// typed and then, if different, in NFC.
	asTyped struct{ form }
)

// read parses a stored hash.
func read(hash string) (form, error) {
	if rest, ok := strings.CutPrefix(hash, ofMD5); ok {
		return readDigested(rest, md5Hex)
	}
	if rest, ok := strings.CutPrefix(hash, ofSHA256); ok {
		return readDigested(rest, sha256Hex)
	}
	if rest, ok := strings.CutPrefix(hash, ofCut); ok {
		return foreign(parseBcrypt(rest, true))
	}
	_, name, _ := strings.Cut(hash, "$")
	name, _, _ = strings.Cut(name, "$")
	switch name {
	case "2a", "2b", "2y":
		return foreign(parseBcrypt(hash, false))
	case formScrypt, formFirebase:
		return foreign(parseScrypt(hash))
	case argon2i:
		return foreign(parse(hash))
	}
	if strings.HasPrefix(name, "pbkdf2-") {
		return foreign(parsePBKDF2(hash))
	}
	s, err := parse(hash)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// readDigested parses a hash of a digest: bcrypt or our own.
func readDigested(hash string, digest func(string) string) (form, error) {
	if strings.HasPrefix(hash, "$2") {
		b, err := parseBcrypt(hash, false)
		if err != nil {
			return nil, err
		}
		return asTyped{digested{b, digest}}, nil
	}
	s, err := parse(hash)
	if err != nil {
		return nil, err
	}
	return digested{s, digest}, nil
}

func foreign[T form](f T, err error) (form, error) {
	if err != nil {
		return nil, err
	}
	return asTyped{f}, nil
}

func (d digested) matches(password string) bool { return d.form.matches(d.digest(password)) }

func (digested) outdated(Params) bool { return true }

func (a asTyped) matches(password string) bool {
	for _, candidate := range spellings(password) {
		if a.form.matches(candidate) {
			return true
		}
	}
	return false
}

// spellings returns a password as typed and, if different, in NFC.
func spellings(password string) []string {
	if nfc := Normalize(password); nfc != password {
		return []string{password, nfc}
	}
	return []string{password}
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// anyBase64 decodes base64 in any alphabet, with or without padding.
func anyBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/", ".", "+").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64", ErrStored)
	}
	return raw, nil
}
