package signin

import (
	"slices"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

// channel returns the requested channel, which is never silently changed, or the default.
func (r CodeRequest) channel(addr address.Address) string {
	if r.Channel == "" || addr.Kind() == address.KindEmail {
		return channelOf(addr)
	}
	return r.Channel
}

// checkChannel fails for a channel that is not enabled for the address.
func (s *Service) checkChannel(addr address.Address, channel string) error {
	on := s.Channels
	if addr.Kind() == address.KindEmail {
		on = []string{string(delivery.Email)}
	}
	if slices.Contains(on, channel) || len(on) == 0 && channel == string(delivery.SMS) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField("channel").WithDetail("This channel is not available.")
}
