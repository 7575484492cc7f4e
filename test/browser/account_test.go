package browser

import (
	"encoding/json"
	"testing"

	"github.com/pquerna/otp/totp"

	"user-api/internal/avatar/avatartest"
)

// What a user does at the account page.
func TestAccount(t *testing.T) {
	r := start(t)
	r.on("totp", func(args json.RawMessage) (any, error) {
		var of struct{ Secret string }
		if err := json.Unmarshal(args, &of); err != nil {
			return nil, err
		}
		return totp.GenerateCode(of.Secret, r.Clock.Now())
	})
	r.run("account.mjs", object{"picture": avatartest.Turned(1)})
}

// What the account page tells when something does not work, and the page in every language.
func TestAccount_fails(t *testing.T) { start(t).run("accountfails.mjs", nil) }
