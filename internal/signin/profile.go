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

// ChangeInfo changes what describes the user, all or nothing. Of the change the texts
// are as the client wrote them; an empty DisplayName or Locale removes it. Fails with
// apperr.InvalidRequest or InvalidUsername, and with apperr.UsernameTaken.
func (s *Service) ChangeInfo(ctx context.Context, p reqctx.Principal, c account.Change) (user *model.User, err error) {
	if err := read(&c); err != nil {
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
		if err := s.mayTake(ctx, p.UserID, *c.Username); err != nil {
			return nil, err
		}
	}
	before := &model.User{}
	if c.Username != nil { // which alone may end that the user is anonymous
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
	if err := fits("appMetadata", patch); err != nil {
		return err
	}
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	err := s.Accounts.ChangeAppMetadata(ctx, id, patch)
	if apperr.Is(err, apperr.SessionEnded) { // erased a moment ago
		err = apperr.New(apperr.NotFound)
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.AppMetadataChanged, UserID: id}}, err)
}

// read puts the texts of a change into the form in which they are kept.
func read(c *account.Change) error {
	for _, field := range []struct {
		text  **string
		parse func(string) (string, error)
	}{
		{&c.Username, address.ParseUsername}, {&c.DisplayName, address.ParseDisplayName}, {&c.Locale, readLocale},
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
	return fits("metadata", c.Metadata)
}

// fits refuses a patch that is too long whatever it is merged into.
func fits(field string, patch document.Document) error {
	if !patch.Fits() {
		return apperr.New(apperr.InvalidRequest).WithField(field).WithDetail("It has more than 8 KiB.")
	}
	return nil
}

// readLocale reads a language that is to be kept: one that is not known is none.
func readLocale(text string) (string, error) {
	tag, _ := locale.Canonical(text)
	if tag == "" && text != "" {
		return "", apperr.New(apperr.InvalidRequest).WithField("locale").WithDetail("locale is the tag of a language, such as en or pt-BR.")
	}
	return tag, nil
}
