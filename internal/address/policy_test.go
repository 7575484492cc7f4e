package address_test

import (
	"testing"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// Numbers that no configuration permits.
func TestParsePhone_neverSentTo(t *testing.T) {
	for name, raw := range map[string]string{
		"personal, United Kingdom": "+447012345678",
		"personal, United States":  "+15215550100",
		"universal personal":       "+878101234567890",
		"premium, international":   "+979123456789",
		"premium, Germany":         "+499001234567",
		"toll-free, international": "+80012345678",
		"shared cost, the world":   "+80812345678",
		"shared cost, Germany":     "+491801234567",
		"pager, United Kingdom":    "+447640123456",
		"UAN, Pakistan":            "+9221111825888",
		"Inmarsat":                 "+870773111632",
		"Iridium":                  "+881612345678",
		"Globalstar":               "+881812345678",
		"Thuraya":                  "+88216123456",
		"EMSAT":                    "+88213123456",
	} {
		if got, err := address.ParsePhone(raw, ""); !apperr.Is(err, apperr.InvalidPhone) || !got.IsZero() {
			t.Errorf("%s: ParsePhone(%s) = %s of %s, %v, want invalid_phone", name, raw, got.Canonical(), got.Region(), err)
		}
	}
}

// Emergency numbers and short codes are invalid in every region.
func TestParsePhone_short(t *testing.T) {
	for _, raw := range []string{"112", "911", "999", "100", "110", "000", "1098", "116117", "+112", "+1911", "+44999"} {
		for _, region := range []string{"IN", "US", "GB", "DE", "AU", "NU", "SH", "FK", "AC"} {
			if got, err := address.ParsePhone(raw, region); err == nil && len(got.Canonical()) < 9 {
				t.Errorf("ParsePhone(%s, %s) = %s, want invalid_phone", raw, region, got.Canonical())
			}
		}
	}
}

// Twilio's test numbers are permitted, for test identities and for its sandbox.
func TestParsePhone_magic(t *testing.T) {
	got, err := address.ParsePhone("+15005550006", "")
	if err != nil || got.Region() != "US" {
		t.Errorf("ParsePhone = %v of %s, %v, want Twilio's test number", got, got.Region(), err)
	}
}

func TestPolicy(t *testing.T) {
	const (
		mobile  = "+919876543210"
		other   = "+4915123456789"
		voip    = "+445612345678"
		network = "+883510012345678"
		mail    = "ann@example.com"
	)
	for _, c := range []struct {
		name   string
		policy address.Policy
		// want is the error code by address, "" if it is admitted.
		want map[string]apperr.Code
	}{
		{"all countries", address.Policy{VoIP: true},
			map[string]apperr.Code{mobile: "", other: "", voip: "", network: apperr.RegionNotAllowed, mail: ""}},
		{"one country", address.Policy{Regions: []string{"IN"}, VoIP: true},
			map[string]apperr.Code{mobile: "", other: apperr.RegionNotAllowed, voip: apperr.RegionNotAllowed, network: apperr.RegionNotAllowed, mail: ""}},
		{"no VoIP", address.Policy{Regions: []string{"IN", "GB"}},
			map[string]apperr.Code{mobile: "", voip: apperr.InvalidPhone, mail: ""}},
		{"international networks named", address.Policy{Regions: []string{"IN", address.RegionNone}},
			map[string]apperr.Code{mobile: "", other: apperr.RegionNotAllowed, network: ""}},
	} {
		for raw, want := range c.want {
			address, err := address.Parse(raw, "")
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			err = c.policy.Admit(address)
			if want == "" && err != nil || want != "" && !apperr.Is(err, want) {
				t.Errorf("%s: Admit(%s) = %v, want %q", c.name, raw, err, want)
			}
		}
	}
}
