package types

import (
	"regexp"

	"user-api/internal/apperr"
	"user-api/internal/identity"
)

// What a field may look like before anything is done with it. Everything else
// about a value is for the domain to say.
var (
	codePattern   = regexp.MustCompile(`^[0-9]{4,10}$`)
	localePattern = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)
	tokenPattern  = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// Validate demands exactly one of phone, email and otpId, and of the rest what fits.
func (r *SendCodeReq) Validate() error {
	switch {
	case r.OtpId != "":
		if r.Phone != "" || r.Email != "" || r.Purpose != "" || r.Channel != "" || r.Region != "" || r.Locale != "" {
			return malformed("otpId", "otpId stands alone.")
		}
		return matches("otpId", r.OtpId, idPattern)
	case r.Phone != "" && r.Email != "":
		return malformed("email", "Give a phone or an email, not both.")
	case r.Phone == "" && r.Email == "":
		return malformed("phone", "One of phone, email and otpId is needed.")
	case r.Purpose != "" && r.Purpose != "login":
		return malformed("purpose", "purpose is login.")
	case r.Phone != "" && r.Channel != "" && r.Channel != "sms":
		return malformed("channel", "The channel of a phone is sms.")
	case r.Email != "" && r.Channel != "" && r.Channel != "email":
		return malformed("channel", "The channel of an email is email.")
	case r.Region != "" && !identity.KnownRegion(r.Region):
		return malformed("region", "region is an ISO 3166 country code.")
	case r.Locale != "":
		return matches("locale", r.Locale, localePattern)
	}
	return nil
}

// Validate demands digits of a code. An id of any shape that JSON can carry
// cheaply is looked up, and not found.
func (r *LoginReq) Validate() error {
	if err := matches("otpId", r.OtpId, idPattern); err != nil {
		return err
	}
	return matches("otp", r.Otp, codePattern)
}

// Validate demands the characters of a JWT.
func (r *RefreshReq) Validate() error { return matches("refreshToken", r.RefreshToken, tokenPattern) }

// Validate demands the characters of a JWT, if there is one.
func (r *LogoutReq) Validate() error {
	if r.RefreshToken == "" {
		return nil
	}
	return matches("refreshToken", r.RefreshToken, tokenPattern)
}

func malformed(field, detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField(field).WithDetail(detail)
}

func matches(field, value string, pattern *regexp.Regexp) error {
	if pattern.MatchString(value) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField(field)
}
