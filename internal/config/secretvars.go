package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Change is the way in which a secret is rotated; docs/secrets.md has a section for each.
type Change string

// The values of Change.
const (
	// ChangeOwn is for secrets that only this service uses. A second secret, the next or
	// the previous one, is accepted too, so that nodes can change one after another.
	ChangeOwn Change = "own"
	// ChangeSecond is for these second secrets, whose variables begin with PREV_.
	ChangeSecond Change = "second"
	// ChangeShared is for secrets that are generated here and shared with one other party.
	ChangeShared Change = "shared"
	// ChangeStore is for database and Redis accounts, of which two may exist during the
	// rotation.
	ChangeStore Change = "store"
	// ChangeProvider is for secrets that a provider issues.
	ChangeProvider Change = "provider"
)

// PrevPrefix is the prefix of the variable of a second secret.
const PrevPrefix = "PREV_"

// changeOf maps variables to their Change; providers' secrets are omitted.
var changeOf = map[string]Change{
	"ACCESS_SECRET": ChangeOwn, "REFRESH_SECRET": ChangeOwn, "OTP_PEPPER": ChangeOwn, "PSEUDONYM_KEY": ChangeOwn,
	"SMS_HTTP_SECRET": ChangeShared, "ALIBABA_CALLBACK_SECRET": ChangeShared, "MSG91_CALLBACK_SECRET": ChangeShared,
	"META_VERIFY_TOKEN": ChangeShared, "DKIM_KEY": ChangeShared, "WEBHOOK_SECRET": ChangeShared, "PREV_WEBHOOK_SECRET": ChangeShared,
	"DATA_SOURCE": ChangeStore, "REDIS_PASSWORD": ChangeStore,
}

// SecretKey is a key of the configuration that holds a secret.
type SecretKey struct {
	// Key is its path in the file, Env the variable that overrides it. The variable
	// Env+FileSuffix names a file with the secret.
	Key, Env string
	Change   Change
}

// SecretKeys returns all such keys, in the order of the file.
func SecretKeys() []SecretKey {
	var all []SecretKey
	for _, f := range allFields(reflect.TypeFor[Config](), "") {
		if f.env == "" {
			continue
		}
		v := SecretKey{Key: f.key, Env: f.env, Change: ChangeProvider}
		if change, ok := changeOf[f.env]; ok {
			v.Change = change
		} else if strings.HasPrefix(f.env, PrevPrefix) {
			v.Change = ChangeSecond
		}
		all = append(all, v)
	}
	return all
}

// Makes reports whether New can generate the secret; others are issued by third parties.
func (v SecretKey) Makes() bool { return v.Change == ChangeOwn || v.Change == ChangeShared }

// New generates a secret from rand.
func (v SecretKey) New(rand io.Reader) (string, error) {
	if v.Env == "DKIM_KEY" {
		return newDkimKey(rand)
	}
	key := make([]byte, MinSecret)
	if _, err := io.ReadFull(rand, key); err != nil {
		return "", fmt.Errorf("config: random bytes: %w", err)
	}
	if strings.HasSuffix(v.Env, "WEBHOOK_SECRET") {
		return WebhookPrefix + base64.StdEncoding.EncodeToString(key), nil
	}
	if v.Change == ChangeShared { // may appear in a URL
		return base64.RawURLEncoding.EncodeToString(key), nil
	}
	return base64.StdEncoding.EncodeToString(key), nil
}

func newDkimKey(rand io.Reader) (string, error) {
	key, err := rsa.GenerateKey(rand, minDkimKey)
	if err != nil {
		return "", fmt.Errorf("config: DKIM key: %w", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("config: DKIM key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil // one line fits into a variable
}
