package types

import (
	"slices"

	"user-api/internal/channel"
)

// Shape describes the valid values of a request field, for the API document. A zero member
// is no constraint.
type Shape struct {
	Pattern              string
	MinLength, MaxLength int
	Minimum, Maximum     *int64
	Options              []string
}

// shapes has the fields that Validate checks in the same way in every request, by name.
var shapes = map[string]Shape{
	"otpId":        {Pattern: idPattern.String()},
	"otp":          {Pattern: codePattern.String()},
	"secondOtpId":  {Pattern: idPattern.String()},
	"secondOtp":    {Pattern: codePattern.String()},
	"refreshToken": {Pattern: tokenPattern.String()},
	"invite":       {Pattern: invitePattern.String()},
	"totp":         {Pattern: totpPattern.String()},
	"verifier":     {Pattern: verifierPattern.String()},
	"after":        {Pattern: afterPattern.String()},

	"password":       {MinLength: 1, MaxLength: maxPassword},
	"oldPassword":    {MinLength: 1, MaxLength: maxPassword},
	"newPassword":    {MinLength: 1, MaxLength: maxPassword},
	"secondPassword": {MinLength: 1, MaxLength: maxPassword},
	"captcha":        {MaxLength: maxCaptcha},
	"askedWith":      {MaxLength: maxAskedWith},
	"mfaToken":       {MinLength: 1, MaxLength: maxMfaToken},
	"recoveryCode":   {MinLength: 1, MaxLength: maxRecovery},
	"reason":         {MinLength: 1, MaxLength: maxReason},
	"idToken":        {MaxLength: maxIDToken},
	"nonce":          {MaxLength: maxSocialText},
	"code":           {MaxLength: maxSocialText},
	"providerCode":   {MaxLength: maxSocialText},
	"phoneCode":      {MaxLength: maxSocialText},

	"limit": {Minimum: new(int64), Maximum: number(maxPage)},
	"wait":  {Minimum: new(int64), Maximum: number(maxWait)},
	"until": {Minimum: new(int64), Maximum: number(maxUntil)},

	"purpose": {Options: []string{"login", "reset", "delete"}},
	"role":    {Options: []string{"user", "admin"}},
	"scope":   {Options: []string{"all"}},
	"strict":  {Options: []string{"0", "1"}},
	"status":  {Options: []string{"active", "banned", "anonymous"}},
	"channel": {Options: channel.All()},
}

// ShapeOf returns the shape of a field of a request type. ok is false if only its type is
// constrained.
func ShapeOf(request, field string) (shape Shape, ok bool) {
	if field == "channel" && request == "BindPhoneReq" {
		return Shape{Options: channel.Phone()}, true
	}
	if field == "cursor" && (request == "ListEventsReq" || request == "ListDeliveriesReq") {
		return Shape{Pattern: recordID.String()}, true
	}
	shape, ok = shapes[field]
	shape.Options = slices.Clone(shape.Options)
	return shape, ok
}

func number(n int64) *int64 { return &n }
