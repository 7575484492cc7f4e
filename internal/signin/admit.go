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

// errNotHolder says that the user of a proof is gone, or no longer has the
// address that was proven.
var errNotHolder = errors.New("signin: the address is not this user's")

// Proof is what a factor has established: who wants to sign in, by which means,
// and what must still hold when the session is there.
type Proof struct {
	By event.Reason
	// UserID is the user; 0 if there is none yet, whom Make may make.
	UserID int64
	// Address is the address that was proven or that named the account; zero for a
	// username.
	Address address.Address
	// Locale is the user's language, as far as the factor knows.
	Locale string
	// Make finds the user of what was proven, or makes the account, and reports whether
	// it made it. Nil means that the proof makes no account.
	Make func(context.Context) (user *model.User, made bool, err error)
	// Opener opens one session, whatever Redis says, where it has a digest. It tells
	// how the user was proven.
	Opener session.Opener
	// Refused is the one answer to a proof that does not hold.
	Refused apperr.Code
	// Still fails if the proof no longer holds for the user, who was read after
	// the session was written: with errNotHolder, or with the error to answer.
	Still func(context.Context, *model.User) error
	// Second fails where a second proof is due and missing, and returns how it was proven,
	// nothing where none is due; nil if none ever is. It is asked last, of the session as
	// it is so far.
	Second func(context.Context, session.Grant) ([]string, error)
	// Alone says that no second factor is due beside it: it is a passkey, it was completed
	// by one, or it is handed over from a sign-in that was.
	Alone bool
	// Failed is what is recorded of a proof that does not hold; empty means
	// event.SignInFailed.
	Failed event.Kind
}

// Admit turns a proof into a session: it finds or makes the account, writes the
// session, then judges the user as the database has it by now, asks for a second
// factor or another second proof where one is due, records the sign-in and mints the pair. Whoever bans a user,
// changes a password or moves an address writes the row of the user before ending the
// sessions, so one of the two sees the other. Fails with the code p.Refused, with
// apperr.Forbidden where no account is made for whom there is none, or with Unavailable,
// and with apperr.MfaRequired where a second factor is due: BySecondFactor goes on from
// there.
func (s *Service) Admit(ctx context.Context, p Proof, d session.Device) (Pair, error) {
	return s.admit(ctx, p, false, d)
}

// admit is Admit; isNew says that an earlier step of this sign-in has made the account.
func (s *Service) admit(ctx context.Context, p Proof, isNew bool, d session.Device) (Pair, error) {
	userID := p.UserID
	grant, err := s.open(ctx, userID, p, isNew, d)
	if errors.Is(err, errNotHolder) && p.Make != nil {
		var user *model.User
		if user, isNew, err = p.Make(ctx); err == nil {
			userID = user.Id
			grant, err = s.open(ctx, userID, p, isNew, d)
		}
	}
	if errors.Is(err, errNotHolder) {
		err = apperr.New(p.Refused).Wrap(err)
	}
	err = s.report(ctx, outcome{
		done: event.Event{
			Kind: event.SignIn, UserID: userID, SessionID: grant.SessionID, Address: p.Address, Reason: p.By, Proven: proven(grant.User, p.Address),
		},
		refused: event.Event{Kind: cmp.Or(p.Failed, event.SignInFailed), UserID: userID, Address: p.Address, Reason: p.refusal(err)},
		by:      []apperr.Code{p.Refused, apperr.Forbidden},
		limited: p.limited(),
	}, err)
	if err != nil {
		return Pair{}, err
	}
	s.endRow(ctx, userID)
	if slices.Contains(p.Opener.Methods, amrPassword) {
		s.endFailures(ctx, grant.User)
	}
	if err := s.Accounts.Saw(ctx, grant.User, p.Locale); err != nil {
		// Until the next sign-in the account looks unused for longer than it is.
		logx.WithContext(ctx).Errorf("signin: last sign-in: %v", err)
	}
	return s.pair(ctx, grant, isNew)
}

// open starts a session of a user, 0 being nobody, for whom the proof holds.
// Fails with errNotHolder where the user is gone.
func (s *Service) open(ctx context.Context, userID int64, p Proof, isNew bool, d session.Device) (session.Grant, error) {
	if userID == 0 {
		return session.Grant{}, errNotHolder
	}
	var second []string
	grant, err := s.Sessions.Open(ctx, userID, p.Opener, d, func(g session.Grant) (err error) {
		second, err = s.judge(ctx, p, isNew, g)
		return err
	})
	switch {
	case err == nil:
		err = s.noteSecond(ctx, &grant, second)
	case apperr.Is(err, apperr.SessionEnded):
		err = errNotHolder
	case errors.Is(err, session.ErrUsed):
		err = apperr.New(p.Refused).Wrap(err)
	}
	return grant, err
}

// noteSecond notes by what second proof the user of a session was proven, and stops a reset of
// factors that are not lost.
func (s *Service) noteSecond(ctx context.Context, g *session.Grant, second []string) error {
	if len(second) > 0 {
		if err := s.Sessions.Prove(ctx, g, second); err != nil {
			return err
		}
	}
	if !strong(g.Methods) {
		return nil
	}
	return s.stillHasFactor(ctx, g.UserID)
}

// judge fails unless the proof holds for the user of a session that was just opened, and
// is enough. It returns by what second proof the user was proven.
func (s *Service) judge(ctx context.Context, p Proof, isNew bool, g session.Grant) ([]string, error) {
	if err := p.Still(ctx, g.User); err != nil {
		return nil, err
	}
	if s.Accounts.Banned(g.User) {
		return nil, apperr.New(p.Refused).Wrap(errBanned)
	}
	if !p.Alone {
		user, due, err := s.dueFactors(ctx, g)
		if err != nil {
			return nil, err
		}
		if len(due) > 0 {
			return nil, s.mfaRequired(p, user, isNew, due)
		}
	}
	if p.Second == nil {
		return nil, nil
	}
	return p.Second(ctx, g)
}

// Causes of a refusal that the client does not learn.
var (
	errBanned = errors.New("signin: the account is banned")
	errVoid   = errors.New("signin: the code was made void")
	// errWrongFactor is of a second factor.
	errWrongFactor = errors.New("signin: the second factor is wrong")
)

// limited is what a limit has refused, for the records; empty where no limit does.
func (p Proof) limited() event.Reason {
	if p.Failed == event.SecondFactorFailed {
		return event.WhenProving
	}
	return ""
}

// refusal is why a proof that was right did not admit.
func (p Proof) refusal(err error) event.Reason {
	if reason := passkeyRefusal(err); p.By == event.ByPasskey && p.Failed == "" && reason != "" {
		return reason
	}
	switch {
	case errors.Is(err, errWrongFactor) && p.By == event.ByPasskey:
		return event.WrongPasskey
	case errors.Is(err, errWrongFactor):
		return event.WrongSecond
	case p.Failed == event.SecondFactorFailed && !errors.Is(err, errBanned):
		return event.WrongToken
	case errors.Is(err, errBanned):
		return event.BannedAccount
	case errors.Is(err, errClosed):
		return event.Closed
	case errors.Is(err, errNoInvite):
		return event.NoInvite
	case errors.Is(err, errNotHolder):
		return event.UnknownAccount
	case errors.Is(err, errVoid), errors.Is(err, session.ErrUsed):
		return event.WrongCode
	}
	return event.WrongPassword // it was changed meanwhile
}
