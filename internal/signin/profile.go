package signin

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/document"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/locale"
	"user-api/internal/reqctx"
	"user-api/model"
)

// ChangeInfo changes the user's profile, all or nothing. The texts of the change are as the client
// sent them; an empty DisplayName or Locale removes the value. It fails with apperr.InvalidRequest,
// InvalidUsername or UsernameTaken.
func (s *Service) ChangeInfo(ctx context.Context, p reqctx.Principal, c account.Change) (user *model.User, err error) {
	if err := normalize(&c); err != nil {
		return nil, err
	}
	plan := s.Guard.ForAct(p.SessionID, client(ctx))
	if c.Username != nil {
		plan = s.Guard.ForRename(p.UserID, client(ctx))
	}
	err = s.charged(ctx, plan, guard.UserName(p.UserID), event.WhenActing, func() (err error) {
		user, err = s.changeInfo(ctx, p, c)
		return err
	})
	return user, err
}

func (s *Service) changeInfo(ctx context.Context, p reqctx.Principal, c account.Change) (*model.User, error) {
	if c.Username != nil {
		if err := s.checkReserved(ctx, p.UserID, *c.Username); err != nil {
			return nil, err
		}
	}
	before := &model.User{}
	if c.Username != nil { // only a username can upgrade an anonymous user
		var err error
		if before, err = s.Accounts.Current(ctx, p.UserID); err != nil {
			return nil, err
		}
	}
	user, err := s.Accounts.Describe(ctx, p.UserID, c)
	if err == nil {
		s.upgraded(ctx, before, user, event.ByPassword)
	}
	if err == nil && (c.DisplayName != nil || c.Locale != nil || c.Metadata != nil) {
		s.Events.Keep(ctx, event.Event{Kind: event.ProfileChanged, UserID: p.UserID})
	}
	if c.Username == nil {
		return user, err
	}
	return user, s.report(ctx, outcome{
		done:    event.Event{Kind: event.UsernameChanged, UserID: p.UserID},
		refused: event.Event{Kind: event.UsernameChangeFailed, UserID: p.UserID, Reason: event.Taken},
		by:      []apperr.Code{apperr.UsernameTaken},
	}, err)
}

// ChangeAppMetadata merges patch into the appMetadata of another user.
func (s *Service) ChangeAppMetadata(ctx context.Context, id int64, patch document.Document) error {
	if err := checkSize("appMetadata", patch); err != nil {
		return err
	}
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	err := s.Accounts.ChangeAppMetadata(ctx, id, patch)
	if apperr.Is(err, apperr.SessionEnded) { // erased concurrently
		err = apperr.New(apperr.NotFound)
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.AppMetadataChanged, UserID: id}}, err)
}

// normalize parses the texts of a change into their stored form.
func normalize(c *account.Change) error {
	for _, field := range []struct {
		text  **string
		parse func(string) (string, error)
	}{
		{&c.Username, address.ParseUsername}, {&c.DisplayName, address.ParseDisplayName}, {&c.Locale, parseLocale},
	} {
		if *field.text == nil {
			continue
		}
		value, err := field.parse(**field.text)
		if err != nil {
			return err
		}
		*field.text = &value
	}
	return checkSize("metadata", c.Metadata)
}

// checkSize rejects a patch that is too large whatever it is merged into.
func checkSize(field string, patch document.Document) error {
	if !patch.Fits() {
		return apperr.New(apperr.InvalidRequest).WithField(field).WithDetail("It is larger than 8 KiB.")
	}
	return nil
}

// parseLocale parses a language tag that is to be stored. Unknown languages are rejected.
func parseLocale(text string) (string, error) {
	tag, _ := locale.Canonical(text)
	if tag == "" && text != "" {
		return "", apperr.New(apperr.InvalidRequest).WithField("locale").WithDetail("locale must be a language tag such as en or pt-BR.")
	}
	return tag, nil
}
