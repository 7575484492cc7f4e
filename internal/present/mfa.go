package present

import (
	"user-api/internal/mfa"
	"user-api/internal/signin"
	"user-api/internal/types"
)

// Totp converts the state of a user's second factors.
func Totp(s signin.TotpState, err error) (*types.TotpState, error) {
	if err != nil {
		return nil, err
	}
	state := &types.TotpState{Enabled: s.Totp, RecoveryCodes: s.RecoveryCodes, Required: s.Mandatory}
	if s.Totp {
		state.Since = s.TotpSince.Unix()
	} else if !s.Deadline.IsZero() {
		state.RequiredBy = s.Deadline.Unix()
	}
	return state, nil
}

// Password converts the state of a user's password.
func Password(s signin.PasswordState, err error) (*types.PasswordState, error) {
	if err != nil {
		return nil, err
	}
	state := &types.PasswordState{Set: s.Set, Waiting: s.Pending}
	if s.Set {
		state.ChangedAt = s.Changed.Unix()
	}
	return state, nil
}

// Enrollment converts a TOTP secret, which is shown once.
func Enrollment(e mfa.Enrollment, err error) (*types.MfaEnrollment, error) {
	if err != nil {
		return nil, err
	}
	return &types.MfaEnrollment{Secret: e.Secret, Uri: e.URI, Svg: e.SVG}, nil
}

// RecoveryCodes converts recovery codes, which are shown once.
func RecoveryCodes(codes []string, err error) (*types.RecoveryCodesResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.RecoveryCodesResp{RecoveryCodes: codes}, nil
}
