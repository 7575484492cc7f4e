package signin

import (
	"context"
	"errors"
	"io"

	"user-api/internal/event"
	"user-api/internal/export"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
)

// Export writes everything held about the user, for a fresh proof of one who has a second
// factor. Where it fails, what was written is no
// whole document.
func (s *Service) Export(ctx context.Context, p reqctx.Principal, w io.Writer) error {
	var left error
	err := s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, func() error {
		if err := s.requireFactor(ctx, p); err != nil {
			return err
		}
		err := s.export(ctx, p.UserID, p.SessionID, w)
		if errors.Is(err, export.ErrWrite) || errors.Is(context.Cause(ctx), context.Canceled) {
			// The client did not wait for what was done for it, which stays charged.
			left, err = err, nil
		}
		return err
	})
	return errors.Join(err, left)
}

// ExportUser writes everything held about a user, for the operator.
func (s *Service) ExportUser(ctx context.Context, id int64, w io.Writer) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	return s.export(ctx, id, "", w)
}

// export is recorded before it begins: what was given out by then, nobody takes back.
func (s *Service) export(ctx context.Context, id int64, session string, w io.Writer) error {
	user, err := s.Accounts.Current(ctx, id)
	if err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.AccountExported, UserID: id})
	return s.Exporter.Write(ctx, w, user, session)
}
