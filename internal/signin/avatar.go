package signin

import (
	"context"

	"user-api/internal/avatar"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
)

// SetAvatar sets the user's picture. It reads the picture only after charging the user and the
// client. It fails like avatar.Avatars.Put, and with apperr.RateLimited.
func (s *Service) SetAvatar(ctx context.Context, p reqctx.Principal, read func() ([]byte, error)) error {
	user, from := s.Guard.ForAvatar(p.UserID, client(ctx))
	name := guard.UserName(p.UserID)
	err := s.charged(ctx, user, name, event.WhenActing, func() error {
		return s.charged(ctx, from, name, event.WhenActing, func() error {
			return s.Avatars.Put(ctx, p.UserID, read)
		})
	})
	if err == nil {
		s.Events.Keep(ctx, event.Event{Kind: event.AvatarChanged, UserID: p.UserID})
	}
	return err
}

// RemoveAvatar removes the user's picture, if there is one.
func (s *Service) RemoveAvatar(ctx context.Context, p reqctx.Principal) error {
	return s.chargedAct(ctx, p, func() error {
		had, err := s.Avatars.Remove(ctx, p.UserID)
		if had {
			s.Events.Keep(ctx, event.Event{Kind: event.AvatarRemoved, UserID: p.UserID})
		}
		return err
	})
}

// Avatar returns a user's picture. A missing one is charged to the client, whether or not the user
// exists. It fails with apperr.NotFound.
func (s *Service) Avatar(ctx context.Context, userID int64) (picture avatar.Picture, err error) {
	err = s.lookUp(ctx, func() (err error) {
		picture, err = s.Avatars.Find(ctx, userID)
		return err
	})
	return picture, err
}
