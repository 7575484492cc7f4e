package config

import "strings"

// MinSecret is the shortest secret accepted, in bytes: the key size of
// HMAC-SHA-256 (RFC 7518 §3.2).
const MinSecret = 32

// secret is one of the service's own secrets.
type secret struct {
	key, env string
	value    *string
	// made tells that the service needs it, and that FillSecrets makes it outside pro.
	made bool
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

// NeedsSecrets reports whether one is missing that the service cannot do without.
func (c Config) NeedsSecrets() bool {
	for _, s := range c.secrets() {
		if s.made && *s.value == "" {
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

// credentials are the secrets that somebody else holds as well.
func (c Config) credentials() []textValue {
	own := map[string]bool{"DataSource": true} // a whole address
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

// checkEnds refuses white space around any text: a secret that came with a line
// break makes other tokens than on the node beside, an address with one is not
// found. The value is not shown, as it may be a secret.
func (c Config) checkEnds() Problems {
	var found Problems
	for _, text := range c.texts() {
		if strings.TrimFunc(text.value, isBlank) == text.value {
			continue
		}
		hint := ""
		if text.env != "" {
			hint = ": see whether " + text.env + " was set with echo, which adds a line break; printf adds none"
		}
		found.add(text.key, "must not begin or end with white space or a line break%s", hint)
	}
	return found
}
