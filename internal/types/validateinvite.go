package types

import (
	"time"

	"user-api/internal/address"
)

// maxInvite bounds what is multiplied; which lives there are, who makes the invite says.
const maxInvite = 1 << 30

// Life is how long the invite may be used; 0 is for whoever makes it to say.
func (r *InviteReq) Life() time.Duration { return time.Duration(r.ExpiresIn) * time.Second }

// Validate demands one address at most.
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
