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

// Change says how a secret is changed, by the section of docs/secrets.md.
type Change string

// The ways to change a secret.
const (
	// ChangeOwn is for what the service alone uses. Another is accepted beside it, the
	// one to come or the one before, so that nodes change one after the other.
	ChangeOwn Change = "own"
	// ChangeSecond is for those others, whose variables begin with PREV_.
	ChangeSecond Change = "second"
	// ChangeShared is for what is made here and told to one other side.
	ChangeShared Change = "shared"
	// ChangeStore is for accounts of the database and of Redis, of which there may be
	// two for a while.
	ChangeStore Change = "store"
	// ChangeProvider is for what a provider hands out.
	ChangeProvider Change = "provider"
)

// PrevPrefix begins the variable of the secret that is accepted beside another one.
const PrevPrefix = "PREV_"

// changeOf is by variable; the secrets of providers are those that are not here.
var changeOf = map[string]Change{
	"ACCESS_SECRET": ChangeOwn, "REFRESH_SECRET": ChangeOwn, "OTP_PEPPER": ChangeOwn, "PSEUDONYM_KEY": ChangeOwn,
	"SMS_HTTP_SECRET": ChangeShared, "ALIBABA_CALLBACK_SECRET": ChangeShared, "MSG91_CALLBACK_SECRET": ChangeShared,
	"META_VERIFY_TOKEN": ChangeShared, "DKIM_KEY": ChangeShared, "WEBHOOK_SECRET": ChangeShared, "PREV_WEBHOOK_SECRET": ChangeShared,
	"DATA_SOURCE": ChangeStore, "REDIS_PASSWORD": ChangeStore,
}

// SecretKey is a secret of the configuration.
type SecretKey struct {
	// Key is where it stands in the file, Env the variable that wins over it. The
	// variable Env+FileSuffix names a file with it.
	Key, Env string
	Change   Change
}

// SecretKeys lists every secret, in the order of the file.
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

// Makes reports whether New makes such a secret; others are handed out.
func (v SecretKey) Makes() bool { return v.Change == ChangeOwn || v.Change == ChangeShared }

// New makes a secret from rand.
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
	if v.Change == ChangeShared { // it may stand in an address
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
	return base64.StdEncoding.EncodeToString(raw), nil // one line, which fits a variable
}
