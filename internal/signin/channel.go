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

// offered refuses a channel to a phone that is not switched on.
func (s *Service) offered(channel string) error {
	if slices.Contains(s.Channels, channel) || len(s.Channels) == 0 && channel == string(delivery.SMS) {
		return nil
	}
	return apperr.New(apperr.InvalidRequest).WithField("channel").WithDetail("This channel is not offered here.")
}
