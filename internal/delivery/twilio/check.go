package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// ErrUntried is returned by Check when the API answers and cannot be asked about
// the account: a provider that only speaks like Twilio.
var ErrUntried = errors.New("twilio: the API does not know the question about its account")

// Account is what Check found.
type Account struct {
	// Trial accounts send to verified numbers alone.
	Trial bool
}

// Check asks whether the API takes the credentials, by a question that changes
// and sends nothing. An API key of the common kind must not read the account, so
// where that is refused the list of messages is asked for, of which nothing is
// kept. Fails with ErrUntried or a *delivery.SendError.
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

// read gets a resource below the account.
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

// word keeps of a provider's text what is surely a state.
func word(status string) string {
	if status == "suspended" || status == "closed" {
		return status
	}
	return "not active"
}
