package signin

import (
	"slices"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

// channel is the one asked for, which is never silently changed, or the default.
func (r CodeRequest) channel(addr address.Address) string {
	if r.Channel == "" || addr.Kind() == address.KindEmail {
		return channelOf(addr)
	}
	return r.Channel
}

// offered refuses a channel to an address that is not switched on for it.
func (s *Service) offered(addr address.Address, channel string) error {
	on := s.Channels
	if addr.Kind() == address.KindEmail {
		on = []string{string(delivery.Email)}
	}
	if slices.Contains(on, channel) || len(on) == 0 && channel == string(delivery.SMS) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField("channel").WithDetail("This channel is not offered here.")
}
