package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// ErrUntried is returned by Check if the API answers but does not support requests for the
// account: a provider that is only compatible with Twilio.
var ErrUntried = errors.New("twilio: the API does not support the request for the account")

// Account is the result of Check.
type Account struct {
	// Trial accounts can only send to verified numbers.
	Trial bool
}

// Check reports whether the API accepts the credentials, with a request that changes and sends
// nothing. A standard API key may not read the account; the list of messages is then requested
// and discarded. It fails with ErrUntried or a *delivery.SendError.
func (s *Sender) Check(ctx context.Context) (Account, error) {
	body, failure := s.read(ctx, ".json")
	if failure != nil && failure.Reason == delivery.ReasonCredentials && s.credentials.Username != s.accountSID {
		_, failure = s.read(ctx, "/Messages.json?PageSize=1")
	}
	switch {
	case failure != nil && failure.Class == delivery.Permanent && failure.Reason == delivery.ReasonRejected:
		return Account{}, ErrUntried
	case failure != nil:
		return Account{}, failure
	}
	var account struct{ Status, Type string }
	if json.Unmarshal(body, &account) == nil && account.Status != "" && account.Status != "active" {
		return Account{}, delivery.FaultCredentials.Because(errors.New("the account is " + word(account.Status)))
	}
	return Account{Trial: account.Type == "Trial"}, nil
}

// read requests a resource of the account.
func (s *Sender) read(ctx context.Context, path string) ([]byte, *delivery.SendError) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+"/2010-04-01/Accounts/"+s.accountSID+path, http.NoBody)
	if err != nil {
		return nil, delivery.FaultInternal.Because(err)
	}
	r.SetBasicAuth(s.credentials.Username, s.credentials.Password)
	resp, body, failure := wire.Exchange(s.transport, r)
	if failure != nil {
		return nil, failure
	}
	if resp.StatusCode/100 != 2 {
		return nil, classify(resp.StatusCode, resp.Header, body)
	}
	return body, nil
}

// word returns a known state, and never other text of the provider.
func word(status string) string {
	if status == "suspended" || status == "closed" {
		return status
	}
	return "not active"
}
