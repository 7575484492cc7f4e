package signin

import (
	"context"
	"errors"
	"io"

	"user-api/internal/event"
	"user-api/internal/export"
	"user-api/internal/reqctx"
)

// Export writes everything stored about the user. A user with a second factor needs a recent
// sign-in with it. If Export fails, the output is incomplete.
func (s *Service) Export(ctx context.Context, p reqctx.Principal, w io.Writer) error {
	var canceled error
	err := s.chargedAct(ctx, p, func() error {
		if err := s.requireFreshFactor(ctx, p); err != nil {
			return err
		}
		err := s.export(ctx, p.UserID, p.SessionID, w)
		if errors.Is(err, export.ErrWrite) || errors.Is(context.Cause(ctx), context.Canceled) {
			// The client left before the work was done. It stays charged.
			canceled, err = err, nil
		}
		return err
	})
	return errors.Join(err, canceled)
}

// ExportUser writes everything stored about a user, for the operator.
func (s *Service) ExportUser(ctx context.Context, id int64, w io.Writer) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	return s.export(ctx, id, "", w)
}

// export records the event first: data that was written cannot be taken back.
func (s *Service) export(ctx context.Context, id int64, session string, w io.Writer) error {
	user, err := s.Accounts.Current(ctx, id)
	if err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.AccountExported, UserID: id})
	return s.Exporter.Write(ctx, w, user, session)
}
