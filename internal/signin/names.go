package signin

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/session"
)

// device is where a request comes from.
func device(ctx context.Context) session.Device {
	client := reqctx.ClientFrom(ctx)
	return session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}
}

// mayTake refuses a reserved username, but to the user who has it.
func (s *Service) mayTake(ctx context.Context, userID int64, username string) error {
	refusal := s.Reserved.Admit(username)
	if refusal == nil {
		return nil
	}
	user, err := s.Accounts.Current(ctx, userID)
	if err != nil {
		return err
	}
	if user.Username.String == username {
		return nil
	}
	return refusal
}

// region is the country by which a national number is read.
func (s *Service) region(asked string) string {
	if asked == "" {
		return s.DefaultRegion
	}
	return asked
}
