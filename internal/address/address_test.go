package address_test

import (
	"strings"
	"testing"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

func TestParsePhone(t *testing.T) {
	const want = "+919876543210"
	spellings := []string{
		"+919876543210", "+91 98765 43210", "+91-98765-43210", "(+91) 98765.43210", "0091 9876543210",
		"9876543210", "09876543210", "098765 43210",
		"+91９８７６５４３２１０", "+٩١٩٨٧٦٥٤٣٢١٠",
		"\u202a+91\u200b98765\u200d43210\u202c", "\ufeff+919876543210", "＋919876543210",
	}
	for _, raw := range spellings {
		got, err := address.ParsePhone(raw, "IN")
		if err != nil || got.Canonical() != want {
			t.Errorf("ParsePhone(%q) = %q, %v, want %q", raw, got.Canonical(), err, want)
		}
	}
}

func TestParsePhone_refused(t *testing.T) {
	for name, raw := range map[string]string{
		"empty":                "",
		"words":                "call me",
		"too short":            "+9198765",
		"too long":             "+9198765432101234567",
		"unassigned country":   "+9991234567890",
		"impossible":           "+911111111111",
		"extension":            "+919876543210 ext. 5",
		"vanity letters":       "+1 415 FLOWERS",
		"toll-free":            "+18005550199",
		"premium":              "+19002345678",
		"short code":           "12345",
		"national, no region":  "",
		"a very long string":   strings.Repeat("9", 10000),
		"NUL inside":           "+91987654\x003210",
		"two numbers":          "+919876543210,+919876543211",
		"an e-mail address":    "a@example.com",
		"only invisible runes": "\u200b\u200b\u200b",
	} {
		got, err := address.ParsePhone(raw, "IN")
		if !apperr.Is(err, apperr.InvalidPhone) || !got.IsZero() {
			t.Errorf("%s: ParsePhone(%.20q) = %v, %v, want invalid_phone", name, raw, got.Canonical(), err)
		}
	}
}

func TestParseEmail(t *testing.T) {
	for raw, want := range map[string]string{
		"Ann@Example.COM":           "ann@example.com",
		"ann+tag@example.com":       "ann+tag@example.com",
		"o'neil@sub.example.co.uk":  "o'neil@sub.example.co.uk",
		"ann@bücher.example":        "ann@xn--bcher-kva.example",
		"+ann@example.com":          "+ann@example.com",
		"a..n.n@docomo.ne.jp":       "a..n.n@docomo.ne.jp",
		"Ann.@ezweb.ne.jp":          "ann.@ezweb.ne.jp",
		"ann.@biz.ezweb.ne.jp":      "ann.@biz.ezweb.ne.jp",
		"ann@4.example.com":         "ann@4.example.com",
		"ann@example.xn--p1ai":      "ann@example.xn--p1ai",
		"ann@XN--BCHER-KVA.example": "ann@xn--bcher-kva.example",
	} {
		got, err := address.ParseEmail(raw)
		if err != nil || got.Canonical() != want {
			t.Errorf("ParseEmail(%q) = %q, %v, want %q", raw, got.Canonical(), err, want)
		}
	}
	for _, raw := range []string{
		"", "ann", "@example.com", "ann@", " ann@example.com", "ann@example.com ", "ann @example.com",
		"ann@example.com\r\nBcc: b@example.com", "a@b@example.com", "ann@localhost", "ann..b@example.com",
		".ann@example.com", "\"ann\"@example.com", "ann@exa_mple.com", "ann@-example.com", "änn@example.com",
		"ann@example.com,bob@example.com", strings.Repeat("a", 65) + "@example.com",
		"a@" + strings.Repeat("b.", 130) + "com", "ann@[127.0.0.1]", "\u212Aate@example.com", "ann@127.0.0.1.",
		"ann@127.0.0.1", "ann@example.123", "ann@127.1", "ann@0x7f.0x1", "ann@[IPv6:::1]", "ann@example.4u",
		"ann.@example.com", "a..b@notdocomo.ne.jp", ".ann@docomo.ne.jp", "a b@docomo.ne.jp", "\"ann.\"@docomo.ne.jp", "a..b@docomo.ne.jp.example.com",
	} {
		got, err := address.ParseEmail(raw)
		if !apperr.Is(err, apperr.InvalidEmail) || !got.IsZero() {
			t.Errorf("ParseEmail(%q) = %q, %v, want invalid_email", raw, got.Canonical(), err)
		}
	}
}

func TestMasked(t *testing.T) {
	phone, _ := address.ParsePhone("+919876543210", "")
	short, _ := address.ParsePhone("+14155552671", "")
	mail, _ := address.ParseEmail("ann@example.com")
	for _, c := range []struct {
		address address.Address
		want    string
	}{{phone, "+91********10"}, {short, "+1********71"}, {mail, "a***@example.com"}, {address.Address{}, ""}} {
		if got := c.address.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
}

func TestRestore(t *testing.T) {
	for _, raw := range []string{"+919876543210", "ann@example.com", "+ann@example.com", "+919876543210@example.com"} {
		addr, err := address.ParseEmail(raw)
		if err != nil {
			addr, _ = address.ParsePhone(raw, "")
		}
		for _, record := range []string{addr.Record(), addr.Canonical()} {
			if got, err := address.Restore(record); err != nil || got != addr {
				t.Errorf("Restore(%q) = %v, %v", record, got, err)
			}
		}
	}
	if _, err := address.Restore(""); err == nil {
		t.Error("Restore of nothing succeeded")
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+919876543210", "098765 43210", "＋91９８７６５４３２１０", "\u202a+1 415 555 2671\u202c", "tel:+1;ext=5", "+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		addr, err := address.ParsePhone(raw, "IN")
		if err != nil {
			if !addr.IsZero() {
				t.Fatalf("error %v with a value %q", err, addr.Canonical())
			}
			return
		}
		again, err := address.ParsePhone(addr.Canonical(), "")
		if err != nil || again != addr {
			t.Fatalf("%q: canonical %q parses to %q, %v", raw, addr.Canonical(), again.Canonical(), err)
		}
		if strings.Contains(addr.String(), addr.Canonical()) {
			t.Fatalf("String tells the whole number %q", addr.Canonical())
		}
	})
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"ann@example.com", "ANN@BÜCHER.example", "a@b", "a\r\n@example.com", "0@\x9c.00", "0@ß.de"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		addr, err := address.ParseEmail(raw)
		if err != nil {
			return
		}
		again, err := address.ParseEmail(addr.Canonical())
		if err != nil || again != addr {
			t.Fatalf("%q: canonical %q parses to %q, %v", raw, addr.Canonical(), again.Canonical(), err)
		}
		if strings.ContainsAny(addr.Canonical(), " \r\n\t<>,;\"") {
			t.Fatalf("%q: canonical form %q has a character that can split a header", raw, addr.Canonical())
		}
	})
}

func TestParseUsername(t *testing.T) {
	for raw, want := range map[string]string{"Ann": "ann", "a.b_c-9": "a.b_c-9", strings.Repeat("x", 64): strings.Repeat("x", 64)} {
		if got, err := address.ParseUsername(raw); err != nil || got != want {
			t.Errorf("ParseUsername(%q) = %q, %v, want %q", raw, got, err, want)
		}
	}
	// Some lower-case functions turn the Kelvin sign into an ASCII k; ours must not.
	for _, raw := range []string{"", "ab", strings.Repeat("x", 65), "änn", "a b", "ann@example.com", "+91", "ann\n", "\u212Aate"} {
		if got, err := address.ParseUsername(raw); !apperr.Is(err, apperr.InvalidUsername) || got != "" {
			t.Errorf("ParseUsername(%q) = %q, %v, want invalid_username", raw, got, err)
		}
	}
}

// A region is accepted in any case.
func TestRegions(t *testing.T) {
	for region, known := range map[string]bool{"IN": true, "in": true, "iN": true, "gb": true, "zz": false, "": false, "i": false, "ind": false, "001": false, "\u0131n": false, "\u0131": false} {
		if got := address.KnownRegion(region); got != known {
			t.Errorf("KnownRegion(%q) = %t, want %t", region, got, known)
		}
		got, err := address.ParsePhone("098765 43210", region)
		if want := region == "IN" || region == "in" || region == "iN"; want != (err == nil && got.Canonical() == "+919876543210") {
			t.Errorf("a number of %q: %v, %v, want it read: %t", region, got.Canonical(), err, want)
		}
	}
}
