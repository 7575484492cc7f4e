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

// Second is a second proof beside a code: the password, or a code sent to the
// user's other address.
type Second struct {
	Password    string
	OtpID, Code string
}

// The second proofs, as a client reads them in an error.
const (
	methodPassword = "password"
	methodPhone    = "phone"
	methodEmail    = "email"
)

// How somebody was proven, by RFC 8176.
const (
	amrPassword = "pwd"
	amrCode     = "otp"
	amrText     = string(delivery.SMS) // the same word
	amrCall     = "tel"
	amrHardware = "hwk" // a passkey that stays on its device
	amrSoftware = "swk" // one that is kept elsewhere too
)

// methodsOf is how a right code proves somebody.
func methodsOf(v otp.Verified) []string {
	switch delivery.Channel(v.Channel) {
	case delivery.SMS:
		return []string{amrCode, amrText}
	case delivery.Voice:
		return []string{amrCode, amrCall}
	}
	return []string{amrCode}
}

// dormant reports whether a user has not signed in for so long that the number may
// be another person's by now: numbers are given out again.
func (s *Service) dormant(user *model.User) bool {
	if s.DormantAfter == 0 || user.Seen == 0 {
		return false
	}
	return s.Sessions.Now().Sub(time.UnixMilli(user.Seen)) > s.DormantAfter
}

// requireSecond demands a second proof beside a right code to an address: any of
// methods, if there is one, and returns how it was proven. Fails with apperr.MfaRequired without a proof, and
// with apperr.OtpInvalid or BadCredentials for a wrong one.
func (s *Service) requireSecond(ctx context.Context, user *model.User, first otp.Verified, purpose otp.Purpose, second Second, methods []string) (how []string, err error) {
	switch {
	case len(methods) == 0:
		return nil, nil
	case second.OtpID != "":
		err = s.spend(ctx, otp.Answer{ID: second.OtpID, Code: second.Code, Purpose: purpose}, func(ctx context.Context, v otp.Verified) error {
			if v.Address.Same(first.Address) || holds(v)(ctx, user) != nil {
				return apperr.New(apperr.OtpInvalid)
			}
			how = methodsOf(v)
			return nil
		})
		return how, err
	case second.Password != "" && methods[0] == methodPassword:
		proof, err := s.provePassword(ctx, guard.Account{Name: guard.UserName(user.Id), Client: client(ctx), Plain: true}, user, second.Password)
		if p, ok := ctx.Value(pledgeKey{}).(*pledge); ok {
			p.charge = proof.charge
		}
		return []string{amrPassword}, err
	}
	return nil, apperr.New(apperr.MfaRequired).WithMethods(methods...)
}

// methodsBeside are the second proofs a user has beside a code to an address: to
// sign in, the password, and a code to the other address where one signs in.
func (s *Service) methodsBeside(ctx context.Context, user *model.User, first address.Address, purpose otp.Purpose) ([]string, error) {
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

// awake demands a second proof of a dormant user whose code went to a phone.
func (s *Service) awake(ctx context.Context, user *model.User, first otp.Verified, purpose otp.Purpose, second Second) ([]string, error) {
	if first.Address.Kind() != address.KindPhone || !s.dormant(user) {
		return nil, nil
	}
	methods, err := s.methodsBeside(ctx, user, first.Address, purpose)
	if err != nil {
		return nil, err
	}
	return s.requireSecond(ctx, user, first, purpose, second, methods)
}
