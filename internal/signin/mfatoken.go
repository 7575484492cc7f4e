package signin

import (
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/mfa"
	"user-api/internal/session"
	"user-api/internal/token"
	"user-api/model"
)

const (
	// mfaTokenLife is how long a first proof remains valid without the second factor.
	mfaTokenLife = 5 * time.Minute
	// mfaTokenContext separates these tokens from other sealed values.
	mfaTokenContext = "mfa token"
	// maxMfaToken bounds the size of a token.
	maxMfaToken = 2048
)

// firstProof is the content of an mfaToken: a proof that held for a user in an epoch. The service
// does not store it. A token opens only one session because its Digest is unique.
type firstProof struct {
	UserID int64 `json:"u"`
	Epoch  int64 `json:"e"`
	// Kind and Address represent Proof.Address.
	Kind    address.Kind `json:"k,omitempty"`
	Address string       `json:"a,omitempty"`
	Locale  string       `json:"l,omitempty"`
	Methods []string     `json:"m,omitempty"`
	// Digest is the digest of the proof's Opener; empty means the digest of the token.
	Digest string `json:"d,omitempty"`
	// Enroll means that the user had no second factor and must set one up.
	Enroll bool `json:"n,omitempty"`
	// IsNew means that the proof created the account.
	IsNew   bool  `json:"w,omitempty"`
	Expires int64 `json:"x"` // Unix milliseconds
}

// mfaRequired returns the error for a proof that holds but does not suffice.
func (s *Service) mfaRequired(p Proof, user *model.User, methods []string) error {
	first := firstProof{
		UserID: user.Id, Epoch: user.Epoch, Kind: p.Address.Kind(), Address: p.Address.Canonical(), Locale: p.Locale,
		Methods: p.Opener.Methods, Digest: p.Opener.Digest, Enroll: methods[0] == methodEnroll, IsNew: p.IsNew,
		Expires: s.Sessions.Now().Add(mfaTokenLife).UnixMilli(),
	}
	text, err := s.Ring.SealText(mfaTokenContext, first)
	if err != nil {
		return err
	}
	return apperr.New(apperr.MfaRequired).WithMethods(methods...).WithMfaToken(text)
}

// readMfaToken opens a token. ok is false if it has expired or was not issued by this service.
func (s *Service) readMfaToken(text string) (first firstProof, ok bool) {
	if !s.Ring.OpenText(mfaTokenContext, text, maxMfaToken, &first) || s.Sessions.Now().UnixMilli() >= first.Expires {
		return firstProof{}, false
	}
	if first.Digest == "" {
		first.Digest = token.Digest(text)
	}
	return first, true
}

func (f firstProof) address() address.Address { return address.Stored(f.Kind, f.Address) }

// EnrollToSignIn creates a secret for the user of an mfaToken who must set up a second factor. A
// code of it completes the sign-in. It fails with apperr.OtpInvalid, RateLimited or Unavailable.
func (s *Service) EnrollToSignIn(ctx context.Context, mfaToken string) (made mfa.Enrollment, err error) {
	err = s.withMfaToken(ctx, mfaToken, func(first firstProof) error {
		user, err := s.userOf(ctx, first)
		if err == nil && !first.Enroll {
			return s.wrongToken(ctx, first)
		}
		if err == nil {
			made, err = s.Factors.Enroll(ctx, user.Id, labelOf(user))
		}
		return err
	})
	return made, err
}

// confirmToSignIn turns the secret of EnrollToSignIn into the user's factor.
func (s *Service) confirmToSignIn(ctx context.Context, g session.Grant, code string) error {
	if err := s.Factors.Confirm(ctx, g.UserID, code); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.TotpAdded, UserID: g.UserID, Proven: proven(g.User)})
	return nil
}
