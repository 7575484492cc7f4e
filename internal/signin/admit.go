package signin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/session"
	"user-api/model"
)

// errNotOwner reports that the user of a proof no longer exists or no longer has the proven
// address.
var errNotOwner = errors.New("signin: the address is not the user's")

// Proof is the result of a successful authentication step: who wants to sign in, how they proved
// it, and what to check again once the session exists.
type Proof struct {
	By event.Reason
	// IsNew means that an earlier step of this sign-in created the account.
	IsNew bool
	// UserID is the user, or 0 if there is none yet and FindOrCreate may create one.
	UserID int64
	// Address is the address that was proven or that named the account; zero for a username.
	Address address.Address
	// Locale is the user's language if the proof reveals it.
	Locale string
	// FindOrCreate finds or creates the user of the proven identity and reports whether it created
	// one. If nil, the proof cannot create an account.
	FindOrCreate func(context.Context) (user *model.User, made bool, err error)
	// Opener describes the session to open. With a digest it opens only one session, even if Redis
	// lost its state.
	Opener session.Opener
	// RefusalCode is the only answer to a proof that does not hold.
	RefusalCode apperr.Code
	// Recheck fails if the proof no longer holds for the user, as read after the session was
	// written: with errNotOwner or with the error to return.
	Recheck func(context.Context, *model.User) error
	// SecondProof fails if a second proof is required and missing. It returns the methods of that
	// proof, or none if no second proof is required. It runs last, on the session as it is so far.
	// Nil means that none is ever required.
	SecondProof func(context.Context, session.Grant) ([]string, error)
	// Sufficient means that no second factor is required: the proof is a passkey, was completed by
	// one, or comes from a sign-in that had one.
	Sufficient bool
	// FailureKind is the event recorded for a proof that does not hold; empty means
	// event.SignInFailed.
	FailureKind event.Kind
}

// Admit turns a proof into a session. It finds or creates the account, writes the session, then
// checks the user as the database has it by now, requires a second factor or a second proof where
// one is due, records the sign-in and mints the tokens. A ban, a password change and an address
// change all write the user's row before they end the sessions, so one of the two always sees the
// other. Admit fails with p.RefusalCode, with apperr.Forbidden if there is no account and none may
// be created, with Unavailable, and with apperr.MfaRequired if a second factor is due;
// BySecondFactor then completes the sign-in.
func (s *Service) Admit(ctx context.Context, p Proof, d session.Device) (Pair, error) {
	grant, err := s.open(ctx, p, d)
	if errors.Is(err, errNotOwner) && p.FindOrCreate != nil {
		var user *model.User
		if user, p.IsNew, err = p.FindOrCreate(ctx); err == nil {
			p.UserID = user.Id
			grant, err = s.open(ctx, p, d)
		}
	}
	if errors.Is(err, errNotOwner) {
		err = apperr.New(p.RefusalCode).Wrap(err)
	}
	err = s.report(ctx, outcome{
		done: event.Event{
			Kind: event.SignIn, UserID: p.UserID, SessionID: grant.SessionID, Address: p.Address, Reason: p.By, Proven: proven(grant.User, p.Address),
		},
		refused: event.Event{Kind: cmp.Or(p.FailureKind, event.SignInFailed), UserID: p.UserID, Address: p.Address, Reason: p.refusalReason(err)},
		by:      []apperr.Code{p.RefusalCode, apperr.Forbidden},
		limited: p.limitReason(),
	}, err)
	if err != nil {
		return Pair{}, err
	}
	s.resetPasswordFailures(ctx, p.UserID)
	if slices.Contains(p.Opener.Methods, amrPassword) {
		s.resetCodeFailures(ctx, grant.User)
	}
	if err := s.Accounts.RecordSignIn(ctx, grant.User, p.Locale); err != nil {
		// Until the next sign-in, the account merely looks dormant for longer than it is.
		logx.WithContext(ctx).Errorf("signin: record sign-in: %v", err)
	}
	return s.pair(ctx, grant, p.IsNew)
}

// open opens a session for a user for whom the proof holds. It fails with errNotOwner if userID is
// 0 or the user no longer exists.
func (s *Service) open(ctx context.Context, p Proof, d session.Device) (session.Grant, error) {
	if p.UserID == 0 {
		return session.Grant{}, errNotOwner
	}
	var second []string
	grant, err := s.Sessions.Open(ctx, p.UserID, p.Opener, d, func(g session.Grant) (err error) {
		second, err = s.checkGrant(ctx, p, g)
		return err
	})
	switch {
	case err == nil:
		err = s.addSecondProof(ctx, &grant, second)
	case apperr.Is(err, apperr.SessionEnded):
		err = errNotOwner
	case errors.Is(err, session.ErrUsed):
		err = apperr.New(p.RefusalCode).Wrap(err)
	}
	return grant, err
}

// addSecondProof adds the methods of a second proof to a session. A session with two factors also
// cancels a pending reset of the factors, which are evidently not lost.
func (s *Service) addSecondProof(ctx context.Context, g *session.Grant, second []string) error {
	if len(second) > 0 {
		if err := s.Sessions.AddMethods(ctx, g, second); err != nil {
			return err
		}
	}
	if !strong(g.Methods) {
		return nil
	}
	return s.cancelIfPending(ctx, g.UserID)
}

// checkGrant fails unless the proof holds for the user of a session that was just opened and is
// sufficient. It returns the methods of the second proof.
func (s *Service) checkGrant(ctx context.Context, p Proof, g session.Grant) ([]string, error) {
	if err := p.Recheck(ctx, g.User); err != nil {
		return nil, err
	}
	if s.Accounts.Banned(g.User) {
		return nil, apperr.New(p.RefusalCode).Wrap(errBanned)
	}
	if !p.Sufficient {
		user, due, err := s.dueFactors(ctx, g)
		if err != nil {
			return nil, err
		}
		if len(due) > 0 {
			return nil, s.mfaRequired(p, user, due)
		}
	}
	if p.SecondProof == nil {
		return nil, nil
	}
	return p.SecondProof(ctx, g)
}

// Causes of a refusal that the client does not learn.
var (
	errBanned      = errors.New("signin: the account is banned")
	errInvalidated = errors.New("signin: the code was invalidated")
	errWrongFactor = errors.New("signin: the second factor is wrong")
)

// limitReason returns the reason to record when a limit refuses the proof, or "" for none.
func (p Proof) limitReason() event.Reason {
	if p.FailureKind == event.SecondFactorFailed {
		return event.WhenProving
	}
	return ""
}

// refusalReason returns why a correct proof did not lead to a session.
func (p Proof) refusalReason(err error) event.Reason {
	if reason := passkeyRefusal(err); p.By == event.ByPasskey && p.FailureKind == "" && reason != "" {
		return reason
	}
	switch {
	case errors.Is(err, errWrongFactor) && p.By == event.ByPasskey:
		return event.WrongPasskey
	case errors.Is(err, errWrongFactor):
		return event.WrongSecond
	case p.FailureKind == event.SecondFactorFailed && !errors.Is(err, errBanned):
		return event.WrongToken
	case errors.Is(err, errBanned):
		return event.BannedAccount
	case errors.Is(err, errClosed):
		return event.Closed
	case errors.Is(err, errNoInvite):
		return event.NoInvite
	case errors.Is(err, errNotOwner):
		return event.UnknownAccount
	case errors.Is(err, errInvalidated), errors.Is(err, session.ErrUsed):
		return event.WrongCode
	}
	return event.WrongPassword // the password was changed in the meantime
}
