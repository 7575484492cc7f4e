package password

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"golang.org/x/crypto/scrypt"
)

const (
	formScrypt   = "scrypt"
	formFirebase = "firebase-scrypt"

	maxScryptMemory = maxMemory * 1024 // bytes
	maxScryptWork   = 1 << 21          // N·r·p, about a second of a core
	firebaseKeyLen  = 32               // scrypt output, the key size of AES-256
	minForeignSalt  = 1                // the source's salt is stored as it is
)

// scryptHash is $scrypt$ln=14,r=8,p=1$salt$key, as passlib writes it. In Firebase's variant,
// $firebase-scrypt$…, key is the beginning of the AES-256-CTR key stream under scrypt's output:
// Firebase stores its signer key encrypted with that stream, so the stream follows from both, and
// the signer key need not be stored.
type scryptHash struct {
	form      string
	ln, r, p  int
	salt, key []byte
}

func parseScrypt(hash string) (scryptHash, error) {
	part := strings.Split(hash, "$")
	if len(part) != 5 {
		return scryptHash{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	s := scryptHash{form: part[1]}
	var salt, key error
	_, params := fmt.Sscanf(part[2], "ln=%d,r=%d,p=%d", &s.ln, &s.r, &s.p)
	s.salt, salt = base64.RawStdEncoding.DecodeString(part[3])
	s.key, key = base64.RawStdEncoding.DecodeString(part[4])
	if params != nil || salt != nil || key != nil || s.String() != hash {
		return scryptHash{}, fmt.Errorf("%w: malformed", ErrStored)
	}
	return s, s.check()
}

// String returns the stored form.
func (s scryptHash) String() string {
	return fmt.Sprintf("$%s$ln=%d,r=%d,p=%d$%s$%s", s.form, s.ln, s.r, s.p,
		base64.RawStdEncoding.EncodeToString(s.salt), base64.RawStdEncoding.EncodeToString(s.key))
}

func (s scryptHash) check() error {
	switch {
	case s.ln < 1 || s.ln > 24 || s.r < 1 || s.r > 64 || s.p < 1 || s.p > maxParallelism,
		128*(s.r<<s.ln) > maxScryptMemory, (s.r<<s.ln)*s.p > maxScryptWork:
		return fmt.Errorf("%w: scrypt with ln=%d, r=%d, p=%d takes more than 128 MiB or a second", ErrStored, s.ln, s.r, s.p)
	case len(s.salt) < minForeignSalt || len(s.salt) > maxLen || len(s.key) < minKeyLen || len(s.key) > maxLen:
		return fmt.Errorf("%w: a salt of %d bytes, a key of %d", ErrStored, len(s.salt), len(s.key))
	}
	return nil
}

func (s scryptHash) effort() effort {
	return effort{family: fmt.Sprintf("scrypt ln=%d,r=%d,p=%d", s.ln, s.r, s.p), cost: 1}
}

func (s scryptHash) outdated(Params) bool { return true }

func (s scryptHash) matches(password string) bool {
	length := len(s.key)
	if s.form == formFirebase {
		length = firebaseKeyLen
	}
	key, err := scrypt.Key([]byte(password), s.salt, 1<<s.ln, s.r, s.p, length)
	if err != nil { // check has validated the parameters
		return false
	}
	if s.form == formFirebase {
		key = firebaseStream(key, len(s.key))
	}
	return subtle.ConstantTimeCompare(s.key, key) == 1
}

// firebaseStream returns the key stream with which Firebase encrypts its signer key.
func firebaseStream(key []byte, length int) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has firebaseKeyLen bytes
	}
	stream := make([]byte, length)
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(stream, stream)
	return stream
}

// adoptScrypt converts passlib's format and Kratos's, which is padded and has N instead of its
// logarithm.
func adoptScrypt(hash string) (string, error) {
	part := strings.Split(hash, "$")
	if len(part) != 5 {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	s := scryptHash{form: formScrypt}
	if _, err := fmt.Sscanf(part[2], "ln=%d,r=%d,p=%d", &s.ln, &s.r, &s.p); err != nil {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	if s.ln > 63 {
		if bits.OnesCount(uint(s.ln)) != 1 {
			return "", fmt.Errorf("%w: N is not a power of two", ErrStored)
		}
		s.ln = bits.Len(uint(s.ln)) - 1
	}
	return s.adopt(part[3], part[4])
}

func (s scryptHash) adopt(salt, key string) (string, error) {
	var err error
	if s.salt, err = anyBase64(salt); err == nil {
		s.key, err = anyBase64(key)
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

// Firebase holds the hash parameters of a Firebase project, as shown in its console.
type Firebase struct {
	SignerKey, SaltSeparator string // base64
	Rounds, MemCost          int
}

// Adopt converts a hash and salt exported by Firebase to the stored form.
func (f Firebase) Adopt(hash, salt string) (string, error) {
	var raw [4][]byte
	for i, text := range []string{f.SignerKey, f.SaltSeparator, hash, salt} {
		var err error
		if raw[i], err = anyBase64(text); err != nil {
			return "", err
		}
	}
	signer, sealed := raw[0], raw[2]
	if len(signer) != len(sealed) {
		return "", fmt.Errorf("%w: the signer key does not belong to this hash", ErrStored)
	}
	s := scryptHash{form: formFirebase, ln: f.MemCost, r: f.Rounds, p: 1, salt: append(raw[3], raw[1]...), key: make([]byte, len(sealed))}
	subtle.XORBytes(s.key, signer, sealed)
	if err := s.check(); err != nil {
		return "", err
	}
	return s.String(), nil
}

// adoptFirebase converts the formats in which Kratos ($firescrypt$) and Supabase ($fbscrypt$) store
// Firebase hashes with the project's parameters.
func adoptFirebase(hash string) (string, error) {
	part := strings.Split(hash, "$")
	if part[1] == "firescrypt" && len(part) == 7 {
		var f Firebase
		var p int
		if _, err := fmt.Sscanf(part[2], "ln=%d,r=%d,p=%d", &f.MemCost, &f.Rounds, &p); err != nil || p != 1 {
			return "", fmt.Errorf("%w: malformed", ErrStored)
		}
		f.SaltSeparator, f.SignerKey = part[5], part[6]
		return f.Adopt(part[4], part[3])
	}
	if part[1] != "fbscrypt" || len(part) != 5 {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	values := map[string]string{}
	for _, pair := range strings.Split(part[2], ",") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	cost, err := strconv.Atoi(values["n"])
	rounds, err2 := strconv.Atoi(values["r"])
	if err != nil || err2 != nil || values["v"] != "1" || values["p"] != "1" {
		return "", fmt.Errorf("%w: malformed", ErrStored)
	}
	return Firebase{SignerKey: values["sk"], SaltSeparator: values["ss"], Rounds: rounds, MemCost: cost}.Adopt(part[4], part[3])
}
