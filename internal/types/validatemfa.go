package types

import "regexp"

// totpPattern is what authenticator apps show.
var totpPattern = regexp.MustCompile(`^[0-9]{6}$`)

// Validate demands a code of an authenticator app.
func (r *ConfirmTotpReq) Validate() error { return matches("totp", r.Totp, totpPattern) }
