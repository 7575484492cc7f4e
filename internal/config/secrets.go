package config

import "strings"

// MinSecret is the minimum length of a secret in bytes: the key size of HMAC-SHA-256 (RFC
// 7518 section 3.2).
const MinSecret = 32

// secret is one of the service's own secrets.
type secret struct {
	key, env string
	value    *string
	// generated means that the service requires the secret and that FillSecrets generates
	// it outside pro.
	generated bool
}

func (c *Config) secrets() []secret {
	return []secret{
		{"Auth.AccessSecret", "ACCESS_SECRET", &c.Auth.AccessSecret, c.Auth.BySecret()},
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

// NeedsSecrets reports whether a required secret is missing.
func (c Config) NeedsSecrets() bool {
	for _, s := range c.secrets() {
		if s.generated && *s.value == "" {
			return true
		}
	}
	return false
}

// checkSecrets reports lengths, never values.
func (c Config) checkSecrets(k *checker) {
	all := c.secrets()
	others := c.credentials()
	for i, s := range all {
		value := *s.value
		switch {
		case value == "":
			if k.pro && s.generated {
				k.add(s.key, "is missing, set %s", s.env)
			}
			continue
		case len(value) < MinSecret:
			k.add(s.key, "must have at least %d bytes, has %d", MinSecret, len(value))
		case k.pro && isSample(value):
			k.add(s.key, "must be random, looks like a sample: try openssl rand -base64 32")
		}
		for _, other := range all[:i] {
			if *other.value != "" && sameSecret(value, *other.value) && !mayBeAPepper(s.key, other.key) {
				k.add(s.key, "must differ from %s", other.key)
			}
		}
		for _, other := range others {
			if other.value == value {
				k.add(s.key, "must differ from %s", other.key)
			}
		}
	}
}

const (
	pseudonymKey     = "Privacy.PseudonymKey"
	prevPseudonymKey = "Privacy.PrevPseudonymKey"
)

// mayBeAPepper reports whether two secrets may be equal: pseudonyms were derived from the
// pepper before they had their own secret, and may keep using it. A new pseudonym key is
// never the current pepper.
func mayBeAPepper(key, other string) bool {
	switch key {
	case pseudonymKey:
		return other == "Otp.PrevPepper"
	case prevPseudonymKey:
		return other == "Otp.Pepper" || other == "Otp.PrevPepper"
	}
	return false
}

// credentials returns the secrets that are shared with another party.
func (c Config) credentials() []textValue {
	own := map[string]bool{"DataSource": true} // a whole DSN
	for _, s := range c.secrets() {
		own[s.key] = true
	}
	var all []textValue
	for _, text := range c.texts() {
		if text.env != "" && !own[text.key] {
			all = append(all, text)
		}
	}
	return all
}

// checkEnds refuses leading and trailing white space in any text: a secret with a line
// break produces other tokens than on the other nodes, and an address with one is not
// found. The value is not shown, because it may be a secret.
func (c Config) checkEnds() Problems {
	var found Problems
	for _, text := range c.texts() {
		if strings.TrimFunc(text.value, isBlank) == text.value {
			continue
		}
		hint := ""
		if text.env != "" {
			hint = ": check whether " + text.env + " was set with echo, which adds a line break; printf adds none"
		}
		found.add(text.key, "must not begin or end with white space or a line break%s", hint)
	}
	return found
}
