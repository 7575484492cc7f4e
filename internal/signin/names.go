package signin

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/session"
)

// device describes the client of a request.
func device(ctx context.Context) session.Device {
	client := reqctx.ClientFrom(ctx)
	return session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}
}

// checkReserved refuses a reserved username, except to the user who already has it.
func (s *Service) checkReserved(ctx context.Context, userID int64, username string) error {
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

// region returns the country by which a national number is parsed.
func (s *Service) region(requested string) string {
	if requested == "" {
		return s.DefaultRegion
	}
	return requested
}
