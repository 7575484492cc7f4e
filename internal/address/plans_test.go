package address_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// mobile begins assigned numbers of each plan, with the number of digits that follow.
var mobile = map[string][]struct {
	old, new string
	rest     int
}{
	"AR": {{"+54114", "+549114", 7}, {"+543514", "+5493514", 6}, {"+54223", "+549223", 7}},
	"BJ": {{"+22997", "+2290197", 6}, {"+22961", "+2290161", 6}, {"+22921", "+2290121", 6}},
	"CI": {{"+22507", "+2250707", 6}, {"+22545", "+2250545", 6}, {"+22501", "+2250101", 6}, {"+22589", "+2250789", 6}, {"+22540", "+2250140", 6}},
	"MX": {{"+521554", "+52554", 7}, {"+521222", "+52222", 7}},
	"VN": {{"+84120", "+8470", 7}, {"+84168", "+8438", 7}, {"+84199", "+8459", 7}, {"+84123", "+8483", 7}},
}

func each(t *testing.T, try func(t *testing.T, country, old, new string)) {
	t.Helper()
	seeded := rand.New(rand.NewPCG(1, 2))
	for _, plan := range address.Plans {
		if len(mobile[plan.Country]) == 0 || plan.Source == "" {
			t.Errorf("%s: the plan has no numbers here, or no source", plan.Country)
		}
		for _, m := range mobile[plan.Country] {
			for range 20 {
				// Some of the digits are unassigned everywhere; those that begin with 2 to 5
				// are assigned.
				rest := fmt.Sprintf("%d%0*d", 2+seeded.IntN(4), m.rest-1, seeded.IntN(100000))
				try(t, plan.Country, m.old+rest, m.new+rest)
			}
		}
	}
}

func valid(number string) bool {
	parsed, err := phonenumbers.Parse(number, "")
	return err == nil && phonenumbers.IsValidNumber(parsed)
}

// The old spelling is not a number of its own, and becomes the new one, which is valid.
func TestPlans(t *testing.T) {
	found := map[string]int{}
	each(t, func(t *testing.T, country, old, new string) {
		if got := address.Renumbered(old); got != new {
			t.Fatalf("%s: Renumbered(%s) = %s, want %s", country, old, got, new)
		}
		if again := address.Renumbered(new); again != new {
			t.Errorf("%s: Renumbered(%s) = %s: the new spelling has none newer", country, new, again)
		}
		if country != "AR" && valid(old) {
			t.Errorf("%s: %s is a valid number today, and may be somebody else's", country, old)
		}
		if valid(new) {
			found[country]++
		}
	})
	for _, plan := range address.Plans {
		if found[plan.Country] < 20 {
			t.Errorf("%s: of the new spellings %d are valid", plan.Country, found[plan.Country])
		}
	}
}

// Input and stored values in any spelling are the same address.
func TestPlans_oneAddress(t *testing.T) {
	each(t, func(t *testing.T, country, old, new string) {
		if !valid(new) {
			return
		}
		want, err := address.ParsePhone(new, "")
		if err != nil || want.Canonical() != new || want.Region() != country {
			t.Fatalf("%s: ParsePhone(%s) = %s of %s, %v", country, new, want.Canonical(), want.Region(), err)
		}
		typed, err := address.ParsePhone(old, "")
		if err != nil {
			t.Fatalf("%s: ParsePhone(%s): %v", country, old, err)
		}
		restored, err := address.Restore(typed.Record())
		if err != nil || restored != typed {
			t.Errorf("%s: Restore gives %v, %v of %v", country, restored, err, typed)
		}
		kept := address.Stored(address.KindPhone, old)
		for how, got := range map[string]address.Address{"typed": typed, "kept": kept, "sealed": restored} {
			if !got.Same(want) || got.Counted() != want.Counted() || got.Block() != want.Block() || got.Region() != country {
				t.Errorf("%s: %s %s is %s of %s, want %s", country, how, old, got.Canonical(), got.Region(), new)
			}
			if !got.InPlan() || !got.Is(old) || !got.Is(new) || got.Is(new+"0") || got.Is("") {
				t.Errorf("%s: %s %s does not know itself", country, how, old)
			}
		}
		if all := want.Spellings(); all[0] != new || !slices.Contains(all, old) {
			t.Errorf("%s: %s may be kept as %v, want %s among them", country, new, all, old)
		}
		sent := new
		if country == "AR" {
			sent = old // reaches the same line
		}
		if typed.Spelled() != sent || kept.Spelled() != sent {
			t.Errorf("%s: messages to %s go to %s and %s, want %s", country, old, typed.Spelled(), kept.Spelled(), sent)
		}
	})
}

func TestParsePhone_spellings(t *testing.T) {
	for _, c := range []struct{ raw, region, canonical, spelled string }{
		{"+54 9 11 2345 6789", "", "+5491123456789", "+5491123456789"},
		{"+54 11 15 2345 6789", "", "+5491123456789", "+5491123456789"},
		{"+54 11 2345 6789", "", "+5491123456789", "+541123456789"},
		{"011 15 2345-6789", "AR", "+5491123456789", "+5491123456789"},
		{"+52 1 55 1234 5678", "", "+525512345678", "+525512345678"},
		{"+52 55 1234 5678", "", "+525512345678", "+525512345678"},
		{"+229 97 97 97 97", "", "+2290197979797", "+2290197979797"},
		{"97 97 97 97", "BJ", "+2290197979797", "+2290197979797"},
	} {
		got, err := address.ParsePhone(c.raw, c.region)
		if err != nil || got.Canonical() != c.canonical || got.Spelled() != c.spelled {
			t.Errorf("ParsePhone(%q) = %s, sent to %s, %v; want %s, sent to %s", c.raw, got.Canonical(), got.Spelled(), err, c.canonical, c.spelled)
		}
	}
}

// A number in no plan can be restored and looked up as it is, but not newly added.
func TestStored_outOfPlan(t *testing.T) {
	const number = "+22312345678"
	if _, err := address.ParsePhone(number, ""); !apperr.Is(err, apperr.InvalidPhone) {
		t.Fatalf("%s is valid: choose another number for this test", number)
	}
	kept := address.Stored(address.KindPhone, number)
	if kept.Canonical() != number || kept.Spelled() != number || kept.Kind() != address.KindPhone || kept.Region() != "ML" || kept.InPlan() {
		t.Errorf("Stored = %s of %q, in plan %v", kept.Canonical(), kept.Region(), kept.InPlan())
	}
	if held, ok := address.ParseUnchecked(number); !ok || held != kept {
		t.Errorf("ParseUnchecked = %v, %v", held, ok)
	}
	if back, err := address.Restore(kept.Record()); err != nil || back != kept {
		t.Errorf("Restore = %v, %v", back, err)
	}
	for _, raw := range []string{"", "+", "12345678", "+0123456789", "+1234567890123456", "+223 12345678", "ann@example.com", "+22312345678\n"} {
		if _, ok := address.ParseUnchecked(raw); ok {
			t.Errorf("ParseUnchecked takes %q", raw)
		}
	}
}

// Anything may be stored, and everything is masked.
func TestStored_masked(t *testing.T) {
	for _, text := range []string{"", "+", "+1", "+22", "+12345", "x", "@", "a@", "@b", "+foo@example.com", strings.Repeat("9", 16)} {
		for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
			a := address.Stored(kind, text)
			if got := a.Masked(); text != "" && (got == text && len(text) > 4 || got == "") {
				t.Errorf("Stored(%s, %q).Masked() = %q", kind, text, got)
			}
			if a.Block(); a.Kind() != kind && text != "" {
				t.Errorf("Stored(%s, %q) is a %s", kind, text, a.Kind())
			}
		}
	}
}

// An e-mail address may begin with a plus sign; the kind is stored and never guessed.
func TestStored_plus(t *testing.T) {
	const text = "+foo@example.com"
	a := address.Stored(address.KindEmail, text)
	for _, record := range []string{a.Record(), a.Canonical()} {
		if got, err := address.Restore(record); err != nil || got != a || got.Kind() != address.KindEmail {
			t.Errorf("Restore(%q) = %v, %v", record, got, err)
		}
	}
	if got, err := address.Parse(text, "IN"); err != nil || got != a {
		t.Errorf("Parse = %v, %v", got, err)
	}
	if got := a.Counted(); got != text {
		t.Errorf("Counted() = %q", got)
	}
}

func TestCounted(t *testing.T) {
	for raw, want := range map[string]string{
		"ann@example.com":           "ann@example.com",
		"Ann+tag@Example.com":       "ann@example.com",
		"ann+a+b@example.com":       "ann@example.com",
		"a.n.n@example.com":         "a.n.n@example.com",
		"a.n.n+x@gmail.com":         "ann@gmail.com",
		"ann@googlemail.com":        "ann@gmail.com",
		"a.nn@googlemail.com":       "ann@gmail.com",
		"a.nn@gmail.com.example.hu": "a.nn@gmail.com.example.hu",
	} {
		a, err := address.ParseEmail(raw)
		if err != nil || a.Counted() != want {
			t.Errorf("%s counts as %q, %v, want %q", raw, a.Counted(), err, want)
		}
		if a.Canonical() != strings.ToLower(raw) || a.Spelled() != a.Canonical() {
			t.Errorf("%s is %q, sent to %q", raw, a.Canonical(), a.Spelled())
		}
	}
}
