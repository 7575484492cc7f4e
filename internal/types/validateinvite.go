package types

import (
	"time"

	"user-api/internal/address"
)

// maxInvite prevents an overflow; the domain checks the lifetime.
const maxInvite = 1 << 30

// Life returns the lifetime of the invite; 0 means the default.
func (r *InviteReq) Life() time.Duration { return time.Duration(r.ExpiresIn) * time.Second }

// Validate requires at most one address.
func (r *InviteReq) Validate() error {
	switch {
	case r.Phone != "" && r.Email != "":
		return malformed("email", "Give a phone or an email, not both.")
	case r.Region != "" && r.Phone == "":
		return malformed("region", "region goes with a phone.")
	case r.Region != "" && !address.KnownRegion(r.Region):
		return malformed("region", "region is an ISO 3166 country code.")
	case r.ExpiresIn < 0 || r.ExpiresIn > maxInvite:
		return malformed("expiresIn", "expiresIn is from 60 to 7776000 seconds.")
	}
	return nil
}
