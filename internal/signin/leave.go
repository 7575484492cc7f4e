package signin

import (
	"context"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

type (
	// Proof confirms that it is the user who asks: the password, or a code for
	// signing in sent to an address of the user.
	Proof struct {
		Password    string
		OtpID, Code string
	}

	// Export is everything held about a user.
	Export struct {
		User        *model.User
		HasPassword bool
		Sessions    []session.Info
		At          time.Time
	}
)

// Delete erases the account after a fresh proof: its sessions end, then its
// challenges, its row, its credentials and its sessions are gone from every store.
func (s *Service) Delete(ctx context.Context, p reqctx.Principal, proof Proof) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := s.checkProof(ctx, user, proof); err != nil {
		return err
	}
	return s.erase(ctx, user)
}

// Export gathers everything held about the user.
func (s *Service) Export(ctx context.Context, p reqctx.Principal) (Export, error) {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return Export{}, err
	}
	hash, err := s.Accounts.Password(ctx, p.UserID)
	if err != nil {
		return Export{}, err
	}
	sessions, err := s.Sessions.List(ctx, p.UserID)
	if err != nil {
		return Export{}, err
	}
	s.Audit.Record(ctx, audit.Event{Type: audit.AccountExported, UserID: p.UserID})
	return Export{User: user, HasPassword: hash != "", Sessions: sessions, At: s.Sessions.Now()}, nil
}

// Rename changes the username.
func (s *Service) Rename(ctx context.Context, p reqctx.Principal, username string) (*model.User, error) {
	name, err := identity.ParseUsername(username)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.Rename(ctx, p.UserID, name)
	if err != nil {
		return nil, s.refused(ctx, audit.Event{Type: audit.UsernameChangeFailed, UserID: p.UserID, Reason: audit.Taken}, err, apperr.UsernameTaken)
	}
	s.Audit.Record(ctx, audit.Event{Type: audit.UsernameChanged, UserID: p.UserID})
	return user, nil
}

func (s *Service) checkProof(ctx context.Context, user *model.User, proof Proof) error {
	if proof.OtpID == "" {
		_, err := s.prove(ctx, nameOfUser(user.Id), user, proof.Password)
		return s.refused(ctx, audit.Event{Type: audit.AccountDeleteFailed, UserID: user.Id, Reason: audit.WrongPassword}, err, apperr.BadCredentials)
	}
	verified, err := s.verify(ctx, otp.Answer{ID: proof.OtpID, Code: proof.Code, Purpose: otp.PurposeLogin})
	if err != nil {
		return err
	}
	if verified.Address.Canonical() != addressOf(user, verified.Address.Kind()) {
		s.Audit.Record(ctx, audit.Event{Type: audit.AccountDeleteFailed, UserID: user.Id, Address: verified.Address, Reason: audit.WrongCode})
		return apperr.New(apperr.OtpInvalid)
	}
	return nil
}

// erase ends the sessions first: their ends must outlive the rows that say so.
func (s *Service) erase(ctx context.Context, user *model.User) error {
	if err := s.Sessions.Erase(ctx, user.Id); err != nil {
		return err
	}
	for _, kind := range []identity.Kind{identity.KindPhone, identity.KindEmail} {
		if canonical := addressOf(user, kind); canonical != "" {
			if err := s.forget(ctx, canonical); err != nil {
				return err
			}
		}
	}
	if err := s.Challenges.ForgetUser(ctx, user.Id); err != nil {
		return err
	}
	return s.done(ctx, audit.Event{Type: audit.AccountDeleted, UserID: user.Id}, s.Accounts.Delete(ctx, user.Id))
}

func (s *Service) forget(ctx context.Context, canonical string) error {
	address, err := identity.Restore(canonical)
	if err != nil {
		return err
	}
	return s.Challenges.Forget(ctx, address)
}
