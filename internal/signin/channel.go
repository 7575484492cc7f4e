package signin

import (
	"slices"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/identity"
)

// channel is the one asked for, which is never silently changed, or the default.
func (r CodeRequest) channel(address identity.Address) string {
	if r.Channel == "" || address.Kind() == identity.KindEmail {
		return channelOf(address)
	}
	return r.Channel
}

// offered refuses a channel to an address that is not switched on for it.
func (s *Service) offered(address identity.Address, channel string) error {
	on := s.Channels
	if address.Kind() == identity.KindEmail {
		on = []string{string(delivery.Email)}
	}
	if slices.Contains(on, channel) || len(on) == 0 && channel == string(delivery.SMS) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField("channel").WithDetail("This channel is not offered here.")
}
