package signin

import (
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/model"
)

// The second proofs, as named in an error.
const (
	methodPassword = "password"
	methodPhone    = "phone"
	methodEmail    = "email"
)

// Authentication methods, see RFC 8176.
const (
	amrPassword = "pwd"
	amrCode     = "otp"
	amrText     = string(delivery.SMS) // both are "sms"
	amrCall     = "tel"
	amrHardware = "hwk" // a device-bound passkey
	amrSoftware = "swk" // a synced passkey
)

// methodsOf returns the authentication methods of a correct code.
func methodsOf(v otp.Verified) []string {
	switch delivery.Channel(v.Channel) {
	case delivery.SMS:
		return []string{amrCode, amrText}
	case delivery.Voice:
		return []string{amrCode, amrCall}
	}
	return []string{amrCode}
}

// dormant reports whether a user has not signed in for so long that the number may belong to
// somebody else by now. Carriers reassign numbers.
func (s *Service) dormant(user *model.User) bool {
	if s.DormantAfter == 0 || user.Seen == 0 {
		return false
	}
	return s.Sessions.Now().Sub(time.UnixMilli(user.Seen)) > s.DormantAfter
}

// requireSecond requires a second proof in addition to a correct code, by any of methods, and
// returns its authentication methods. Without methods it requires none. It fails with
// apperr.MfaRequired if the proof is missing, and with OtpInvalid or BadCredentials if it is wrong.
func (s *Service) requireSecond(ctx context.Context, user *model.User, first otp.Verified, purpose otp.Purpose, second Confirmation, methods []string) (how []string, err error) {
	switch {
	case len(methods) == 0:
		return nil, nil
	case second.OtpID != "":
		err = s.withCode(ctx, otp.Answer{ID: second.OtpID, Code: second.Code, Purpose: purpose}, func(ctx context.Context, v otp.Verified) error {
			if v.Address.Same(first.Address) || recheckCode(v)(ctx, user) != nil {
				return apperr.New(apperr.OtpInvalid)
			}
			how = methodsOf(v)
			return nil
		})
		return how, err
	case second.Password != "" && methods[0] == methodPassword:
		proof, err := s.provePassword(ctx, guard.Account{Name: guard.UserName(user.Id), Client: client(ctx), Plain: true}, user, second.Password)
		if p, ok := ctx.Value(usedProofsKey{}).(*usedProofs); ok {
			p.charge = proof.charge
		}
		return []string{amrPassword}, err
	}
	return nil, apperr.New(apperr.MfaRequired).WithMethods(methods...)
}

// secondMethods returns the second proofs that a user has in addition to a code to first: to sign
// in, the password, and a code to the other address if that can be used to sign in.
func (s *Service) secondMethods(ctx context.Context, user *model.User, first address.Address, purpose otp.Purpose) ([]string, error) {
	var methods []string
	if purpose == otp.PurposeLogin {
		hash, err := s.Accounts.Password(ctx, user.Id)
		if err != nil {
			return nil, err
		}
		if hash != "" {
			methods = append(methods, methodPassword)
		}
	}
	if first.Kind() == address.KindEmail && user.Phone.Valid {
		methods = append(methods, methodPhone)
	}
	if first.Kind() == address.KindPhone && user.Email.Valid && s.Mail && (s.ByEmail || purpose == otp.PurposeReset) {
		methods = append(methods, methodEmail)
	}
	return methods, nil
}

// requireAwake requires a second proof of a dormant user whose code went to a phone number.
func (s *Service) requireAwake(ctx context.Context, user *model.User, first otp.Verified, purpose otp.Purpose, second Confirmation) ([]string, error) {
	if first.Address.Kind() != address.KindPhone || !s.dormant(user) {
		return nil, nil
	}
	methods, err := s.secondMethods(ctx, user, first.Address, purpose)
	if err != nil {
		return nil, err
	}
	return s.requireSecond(ctx, user, first, purpose, second, methods)
}
