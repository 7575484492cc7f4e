package password_test

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"user-api/internal/apperr"
	"user-api/internal/password"
)

func TestCheck(t *testing.T) {
	const text, length = "control characters", "8 to 128"
	const common, mine = "too common", "your own"
	tests := []struct {
		name, password string
		email          string // empty: Alice Liddell's
		want           string // part of the reason; empty: the password is good
	}{
		{name: "a phrase", password: phrase},
		{name: "seven characters", password: "tr0ub4d", want: length},
		{name: "eight characters", password: "tr0ub4do"},
		{name: "128 characters", password: strings.Repeat("a", 128)},
		{name: "129 characters", password: strings.Repeat("a", 129), want: length},
		{name: "128 characters of four bytes", password: strings.Repeat("🔑", 128)},
		{name: "seven characters of four bytes", password: strings.Repeat("🔑", 6) + "a", want: length},
		{name: "eight code points that NFC makes seven", password: "caf" + "e\u0301" + "pot", want: length},
		{name: "255 code points that NFC makes 128", password: "a" + strings.Repeat("e\u0301", 127)},
		{name: "empty", password: "", want: length},
		{name: "spaces around", password: "  tr0ub4  "},
		{name: "another script", password: "правильная лошадь"},
		{name: "joined emoji", password: "👩\u200d🚀👩\u200d🚀 to the moon"},
		{name: "not UTF-8", password: "tr0ub4dor\xff", want: text},
		{name: "NUL", password: "tr0ub4\x00dor", want: text},
		{name: "newline", password: "tr0ub4\ndor", want: text},
		{name: "DEL", password: "tr0ub4\x7fdor", want: text},
		{name: "C1 control", password: "tr0ub4\u0085dor", want: text},
		{name: "replacement character", password: "tr0ub4\ufffddor", want: text},
		{name: "the most common", password: "password", want: common},
		{name: "the most common in other case", password: "PassWord", want: common},
		{name: "one from the end of the list", password: "13101988", want: common},
		{name: "part of a longer one", password: "password of mine"},
		{name: "one character", password: "00000000", want: common},
		{name: "two characters", password: "abababab", want: common},
		{name: "three characters and a bit", password: "123123123", want: common},
		{name: "four characters", password: "Wx9+wX9+", want: common},
		{name: "five characters", password: "wx9+kwx9+k"},
		{name: "sixteen of one", password: strings.Repeat("z", 16), want: common},
		{name: "seventeen of one", password: strings.Repeat("z", 17)},
		{name: "digits up", password: "34567890", want: common},
		{name: "digits down", password: "9876543210", want: common},
		{name: "letters up", password: "ABCDefgh", want: common},
		{name: "letters down", password: "zyxwvuts", want: common},
		{name: "a run and more", password: "abcdefgh!"},
		{name: "username", password: "alice.smith", want: mine},
		{name: "username in other case", password: "Alice.Smith", want: mine},
		{name: "username within", password: "alice.smith's"},
		{name: "phone", password: "+919876501234", want: mine},
		{name: "phone without plus", password: "919876501234", want: mine},
		{name: "national number", password: "09876501234", want: mine},
		{name: "another number", password: "09876501235"},
		{name: "e-mail", password: "Alice.Liddell@Example.com", want: mine},
		{name: "local part of the e-mail", password: "alice.liddell", want: mine},
		{name: "local part in another normal form", password: "jos\u00e9.garcia", email: "jose\u0301.garcia@example.com", want: mine},
		{name: "another e-mail", password: "alice.liddell@example.org"},
		{name: "end of an e-mail that begins as a number does", password: "example.com", email: "+alice@example.com"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			own := password.UserNames{Username: "alice.smith", Phone: "+919876501234", Email: cmp.Or(test.email, "Alice.Liddell@example.com")}
			err := password.Check(test.password, own)
			if test.want == "" {
				if err != nil {
					t.Errorf("Check(%q) = %v, %s, want none", test.password, err, apperr.From(err).Message())
				}
				return
			}
			if !apperr.Is(err, apperr.WeakPassword) || !strings.Contains(apperr.From(err).Message(), test.want) {
				t.Errorf("Check(%q) = %v, want %s for %q", test.password, err, apperr.WeakPassword, test.want)
			}
		})
	}
}

func TestCheck_refusesTheWholeList(t *testing.T) {
	list, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(string(list)) {
		entry := strings.TrimSuffix(line, "\n")
		if seen[entry] {
			t.Errorf("%q is listed twice", entry)
		}
		seen[entry] = true
		if utf8.RuneCountInString(entry) < password.MinLen || entry != strings.ToLower(password.Normalize(entry)) {
			t.Errorf("%q is listed but never matches", entry)
		}
		if err := password.Check(strings.ToUpper(entry), password.UserNames{}); !apperr.Is(err, apperr.WeakPassword) {
			t.Errorf("Check(%q) = %v, want %s", strings.ToUpper(entry), err, apperr.WeakPassword)
		}
	}
	if len(seen) != 3000 {
		t.Errorf("%d passwords are listed, want 3000", len(seen))
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{phrase, "password", "cafe\u0301-au-lait", "tr0ub4dor\xff", "a" + strings.Repeat("\u0301", 40), "\u1e0b\u0323\u0323 12345"} {
		f.Add(seed, "alice")
	}
	f.Fuzz(func(t *testing.T, pw, own string) {
		normal := password.Normalize(pw)
		if again := password.Normalize(normal); again != normal {
			t.Errorf("Normalize(%q) = %q, which normalizes to %q", pw, normal, again)
		}
		names := password.UserNames{Username: own, Email: own}
		if password.Check(pw, names) != nil {
			return
		}
		if err := password.Check(normal, names); err != nil {
			t.Errorf("Check accepts %q but not its normal form %q: %v", pw, normal, err)
		}
		if n := utf8.RuneCountInString(normal); n < password.MinLen || n > password.MaxLen || !utf8.ValidString(normal) {
			t.Errorf("Check accepts %q with %d characters", normal, n)
		}
	})
}
