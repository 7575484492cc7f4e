package types

import (
	"regexp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/channel"
	"user-api/internal/locale"
)

const (
	// maxPassword is in bytes: 128 characters of any script.
	maxPassword = 1024
	// maxAskedWith is the maximum length of an Idempotency-Key.
	maxAskedWith = 128
	// maxCaptcha is in bytes; the longest known tokens have about 5000.
	maxCaptcha = 8192
)

// The syntax of fields. Everything else about a value is checked by the domain.
var (
	codePattern  = regexp.MustCompile(`^[0-9]{4,10}$`)
	tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	idPattern    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	// invitePattern matches an invite as typed.
	invitePattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// Validate requires exactly one of phone, email and otpId, and matching other fields. The
// domain checks which channels are available.
func (r *SendCodeReq) Validate() error {
	switch {
	case len(r.Captcha) > maxCaptcha:
		return malformed("captcha", "captcha is too long.")
	case r.OtpId != "":
		if r.Phone != "" || r.Email != "" || r.Purpose != "" || r.Region != "" || r.Locale != "" {
			return malformed("otpId", "With otpId only channel and captcha are allowed.")
		}
		if r.Channel != channel.Email && !phoneChannel(r.Channel) {
			return malformed("channel", "channel is "+channel.Or(channel.All())+".")
		}
		return matches("otpId", r.OtpId, idPattern)
	case r.Phone != "" && r.Email != "":
		return malformed("email", "Give a phone or an email, not both.")
	case r.Phone == "" && r.Email == "":
		return malformed("phone", "One of phone, email and otpId is needed.")
	case r.Purpose != "" && r.Purpose != "login" && r.Purpose != "reset" && r.Purpose != "delete":
		return malformed("purpose", "purpose is login, reset or delete.")
	case r.Phone != "" && !phoneChannel(r.Channel):
		return malformed("channel", "The channel of a phone is "+channel.Or(channel.Phone())+".")
	case r.Email != "" && r.Channel != "" && r.Channel != channel.Email:
		return malformed("channel", "The channel of an email is email.")
	case r.Region != "" && !address.KnownRegion(r.Region):
		return malformed("region", "region is an ISO 3166 country code.")
	}
	return language(r.Locale)
}

// Validate requires either otpId and otp, or a password and exactly one name.
func (r *LoginReq) Validate() error {
	names := 0
	for _, name := range []string{r.Username, r.Phone, r.Email} {
		if name != "" {
			names++
		}
	}
	switch {
	case r.OtpId == "" && r.Otp == "" && r.Password == "" && names == 0:
		return malformed("otpId", "Give otpId and otp, or a name and password.")
	case r.OtpId != "" || r.Otp != "":
		if names > 0 || r.Password != "" || r.Captcha != "" {
			return malformed("password", "Give otpId and otp, or a name, password and captcha, not both.")
		}
		if r.Region != "" {
			return malformed("region", "region goes with a phone and a password.")
		}
		if len(r.SecondPassword) > maxPassword {
			return apperr.New(apperr.InvalidRequest).WithField("secondPassword")
		}
		if len(r.AskedWith) > maxAskedWith {
			return malformed("askedWith", "askedWith is the Idempotency-Key that the code was asked with.")
		}
		if err := optional("invite", r.Invite, invitePattern); err != nil {
			return err
		}
		return codes(r.OtpId, r.Otp, r.SecondOtpId, r.SecondOtp)
	case r.Invite != "":
		return malformed("invite", "invite goes with otpId and otp.")
	case r.AskedWith != "":
		return malformed("askedWith", "askedWith goes with otpId and otp.")
	case r.SecondOtpId != "" || r.SecondOtp != "" || r.SecondPassword != "":
		return malformed("secondOtpId", "A second proof is for a sign-in by code.")
	case names != 1:
		return malformed("username", "One of username, phone and email is needed.")
	case r.Region != "" && !address.KnownRegion(r.Region):
		return malformed("region", "region is an ISO 3166 country code.")
	case len(r.Captcha) > maxCaptcha:
		return malformed("captcha", "captcha is too long.")
	}
	return secret("password", r.Password)
}

// Validate requires a password; the domain checks its strength.
func (r *RegisterReq) Validate() error {
	if err := optional("invite", r.Invite, invitePattern); err != nil {
		return err
	}
	return secret("password", r.Password)
}

// Validate requires a code and a password.
func (r *ResetPasswordReq) Validate() error {
	if err := codes(r.OtpId, r.Otp, r.SecondOtpId, r.SecondOtp); err != nil {
		return err
	}
	return secret("newPassword", r.NewPassword)
}

// Validate requires a new password and limits the old one.
func (r *ChangePasswordReq) Validate() error {
	if r.OldPassword != "" {
		if err := secret("oldPassword", r.OldPassword); err != nil {
			return err
		}
	}
	return secret("newPassword", r.NewPassword)
}

// Validate requires an address.
func (r *BindEmailReq) Validate() error {
	switch {
	case r.Email == "":
		return malformed("email", "email is needed.")
	case len(r.Captcha) > maxCaptcha:
		return malformed("captcha", "captcha is too long.")
	}
	return language(r.Locale)
}

// Validate requires a number.
func (r *BindPhoneReq) Validate() error {
	switch {
	case r.Phone == "":
		return malformed("phone", "phone is needed.")
	case len(r.Captcha) > maxCaptcha:
		return malformed("captcha", "captcha is too long.")
	case !phoneChannel(r.Channel):
		return malformed("channel", "The channel of a phone is "+channel.Or(channel.Phone())+".")
	case r.Region != "" && !address.KnownRegion(r.Region):
		return malformed("region", "region is an ISO 3166 country code.")
	}
	return language(r.Locale)
}

// Validate requires a response of an authenticator.
func (r *AddPasskeyReq) Validate() error { return answered(r.Credential) }

// Validate requires a response of an authenticator; its content is not checked here.
func (r *PasskeyLoginReq) Validate() error { return answered(r.Credential) }

// Validate limits an optional token.
func (r *PasskeyLoginOptionsReq) Validate() error {
	if r.MfaToken == "" {
		return nil
	}
	return mfaToken(r.MfaToken)
}

// answered requires an object that is not empty.
func answered(credential map[string]any) error {
	if len(credential) == 0 {
		return malformed("credential", "credential is what navigator.credentials returned, as serialized by its toJSON.")
	}
	return nil
}

// Validate requires a change.
func (r *ChangeInfoReq) Validate() error {
	if r.Username == nil && r.DisplayName == nil && r.Locale == nil && r.Metadata == nil {
		return malformed("username", "One of username, displayName, locale and metadata is needed.")
	}
	return nil
}

// Validate requires a code.
func (r *VerifyBindingReq) Validate() error { return code(r.OtpId, r.Otp) }

// Validate accepts one scope.
func (r *EndSessionsReq) Validate() error {
	if r.Scope != "" && r.Scope != "all" {
		return malformed("scope", "scope is all, or left out.")
	}
	return nil
}

// Validate accepts 0 and 1.
func (r *ReadyReq) Validate() error {
	if r.Strict != "" && r.Strict != "0" && r.Strict != "1" {
		return malformed("strict", "strict is 1, 0, or left out.")
	}
	return nil
}

// Validate limits the captcha token.
func (r *AnonymousReq) Validate() error {
	if len(r.Captcha) > maxCaptcha {
		return malformed("captcha", "captcha is too long.")
	}
	return nil
}

// Validate accepts a password, a code or neither: the domain checks which users may omit
// both.
func (r *DeleteUserReq) Validate() error {
	if *r == (DeleteUserReq{}) {
		return nil
	}
	if r.OtpId != "" || r.Otp != "" {
		if r.Password != "" {
			return malformed("password", "Give password, or otpId and otp, not both.")
		}
		return code(r.OtpId, r.Otp)
	}
	return secret("password", r.Password)
}

// Validate requires the characters of a JWT.
func (r *RefreshReq) Validate() error { return matches("refreshToken", r.RefreshToken, tokenPattern) }

// Validate requires the characters of a JWT, if there is one.
func (r *LogoutReq) Validate() error {
	return optional("refreshToken", r.RefreshToken, tokenPattern)
}

// code requires digits. Any id of a reasonable length is accepted, looked up and not found.
func code(id, digits string) error {
	if err := matches("otpId", id, idPattern); err != nil {
		return err
	}
	return matches("otp", digits, codePattern)
}

// codes requires a code and accepts a second one.
func codes(id, digits, secondID, secondDigits string) error {
	if err := code(id, digits); err != nil || secondID == "" && secondDigits == "" {
		return err
	}
	if err := matches("secondOtpId", secondID, idPattern); err != nil {
		return err
	}
	return matches("secondOtp", secondDigits, codePattern)
}

// language requires a locale to be a language tag, if there is one.
func language(text string) error {
	if _, ok := locale.Canonical(text); text != "" && !ok {
		return malformed("locale", "locale is a language tag such as en or pt-BR.")
	}
	return nil
}

// phoneChannel reports whether word is empty, the default, or a channel for phones.
func phoneChannel(word string) bool {
	return word == "" || channel.IsPhone(word)
}

func malformed(field, detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField(field).WithDetail(detail)
}

func optional(field, value string, pattern *regexp.Regexp) error {
	if value == "" {
		return nil
	}
	return matches(field, value, pattern)
}

// secret limits a password to a length that is worth hashing.
func secret(field, value string) error {
	if value == "" || len(value) > maxPassword {
		return apperr.New(apperr.InvalidRequest).WithField(field)
	}
	return nil
}

func matches(field, value string, pattern *regexp.Regexp) error {
	if pattern.MatchString(value) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField(field)
}
