package config

import "strings"

// MinSecret is the shortest secret accepted, in bytes: the key size of
// HMAC-SHA-256 (RFC 7518 §3.2).
const MinSecret = 32

// samples are pieces of secrets that were copied instead of made. A secret made
// at random holds one of them less than once in a million times.
var samples = []string{
	"change", "secret", "sample", "example", "password", "default", "insecure",
	"user-api", "12345678", "abcdefgh", "qwertyui", "deadbeef",
}

// secret is one of the service's own secrets.
type secret struct {
	key, env string
	value    *string
	// made tells that FillSecrets makes it outside pro.
	made bool
}

func (c *Config) secrets() []secret {
	return []secret{
		{"Auth.AccessSecret", "ACCESS_SECRET", &c.Auth.AccessSecret, true},
		{"Auth.PrevAccessSecret", "PREV_ACCESS_SECRET", &c.Auth.PrevAccessSecret, false},
		{"Auth.RefreshSecret", "REFRESH_SECRET", &c.Auth.RefreshSecret, true},
		{"Auth.PrevRefreshSecret", "PREV_REFRESH_SECRET", &c.Auth.PrevRefreshSecret, false},
		{"Otp.Pepper", "OTP_PEPPER", &c.Otp.Pepper, true},
		{"Otp.PrevPepper", "PREV_OTP_PEPPER", &c.Otp.PrevPepper, false},
		{pseudonymKey, "PSEUDONYM_KEY", &c.Privacy.PseudonymKey, false},
		{prevPseudonymKey, "PREV_PSEUDONYM_KEY", &c.Privacy.PrevPseudonymKey, false},
		{"Sms.Http.Secret", "SMS_HTTP_SECRET", &c.Sms.Http.Secret, false},
	}
}

// checkSecrets tells lengths, never values.
func (c Config) checkSecrets(k *checker) {
	all := c.secrets()
	for i, s := range all {
		value := *s.value
		switch {
		case value == "":
			if k.pro && s.made {
				k.add(s.key, "is missing, set %s", s.env)
			}
			continue
		case len(value) < MinSecret:
			k.add(s.key, "must have at least %d bytes, has %d", MinSecret, len(value))
		case k.pro && isSample(value):
			k.add(s.key, "must be made at random, looks like a sample: try openssl rand -base64 32")
		}
		for _, other := range all[:i] {
			if value == *other.value && !mayBeAPepper(s.key, other.key) {
				k.add(s.key, "must differ from %s", other.key)
			}
		}
	}
}

const (
	pseudonymKey     = "Privacy.PseudonymKey"
	prevPseudonymKey = "Privacy.PrevPseudonymKey"
)

// mayBeAPepper reports whether two secrets may be the same: pseudonyms derived from
// the pepper before they had a secret of their own, and may go on with that one. A
// new secret of theirs is never the current pepper.
func mayBeAPepper(key, other string) bool {
	switch key {
	case pseudonymKey:
		return other == "Otp.PrevPepper"
	case prevPseudonymKey:
		return other == "Otp.Pepper" || other == "Otp.PrevPepper"
	}
	return false
}

// isSample finds secrets that nobody made at random: known pieces, the same
// piece over and over, or fewer than 8 different bytes.
func isSample(value string) bool {
	lower := strings.ToLower(value)
	for _, sample := range samples {
		if strings.Contains(lower, sample) {
			return true
		}
	}
	distinct := map[byte]bool{}
	for i := range len(value) {
		distinct[value[i]] = true
	}
	// A text that repeats a piece is found again in itself doubled, elsewhere
	// than at the ends.
	repeats := strings.Contains((value + value)[1:2*len(value)-1], value)
	return len(distinct) < 8 || repeats
}
