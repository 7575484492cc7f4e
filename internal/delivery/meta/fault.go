package meta

import (
	"encoding/json"
	"net/http"
	"slices"

	"user-api/internal/delivery"
)

// none is the code of an answer without one; 0 is a valid code.
const none = -1

// answer is a refusal.
type answer struct{ status, code int }

// limited: too many messages between two numbers.
var limited = delivery.Fault{
	Of: delivery.OfRecipient, Class: delivery.Retryable, Reason: delivery.ReasonRateLimited, Retry: delivery.Spread,
}

// rules are the failures of a request. An unknown code is attributed to the message: a recipient
// that Meta rejects must not stop the others.
var rules = delivery.Rules[answer]{
	codes(delivery.FaultCredentials, "the token, a permission or the account; no payment method", 0, 3, 10, 190, 368, 131005, 131031, 131042),
	delivery.When("`200` to `299`: permissions", func(a answer) bool { return a.code >= 200 && a.code <= 299 }, delivery.FaultCredentials),
	codes(delivery.FaultThrottled, "too much of the app, the account or the number", 4, 80007, 130429, 131048),
	codes(limited, "too much from this number to that one", 131056),
	codes(delivery.FaultRegion, "the country is not permitted", 130497),
	codes(delivery.FaultRoute, "no WhatsApp at the number, or none that accepts this message", 130472, 131026),
	codes(delivery.FaultNumber, "the sender itself", 131021),
	codes(delivery.FaultSender, "the number that sends", 33, 131030, 131037, 131045, 131057, 133010),
	codes(delivery.FaultSender, "the template", 132000, 132001, 132007, 132012, 132015, 132016, 132068, 132069),
	codes(wanted, "Meta limits business messages, or the user does not want any", 131049, 131050),
	codes(delivery.FaultRejected, "the message", 100, 131008, 131009, 131047, 131051, 131052, 131053, 132005, 135000),
	codes(delivery.FaultProvider, "an error at Meta", 1, 2, 131000, 131016, 133004),
	delivery.When("5xx", func(a answer) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("any other code", func(a answer) bool { return a.code != none }, delivery.FaultRejected),
	delivery.When("429 without a code", withStatus(http.StatusTooManyRequests), delivery.FaultThrottled),
	delivery.When("401 or 403 without a code", withStatus(http.StatusUnauthorized, http.StatusForbidden), delivery.FaultCredentials),
	delivery.When("any other answer", func(answer) bool { return true }, delivery.FaultUnreadable),
}

// wanted: Meta does not deliver to the recipient now.
var wanted = delivery.Fault{
	Of: delivery.OfRecipient, Class: delivery.Permanent, Reason: delivery.ReasonFiltered, Retry: delivery.Never,
}

// Rows returns the rules for the documents. Callbacks have the same codes.
func Rows() []delivery.Row { return rules.Rows() }

// problem is an error of the API.
type problem struct {
	Code *int `json:"code"`
}

// judge returns the failure that an answer means, or nil.
func judge(status int, body []byte) *delivery.SendError {
	var said struct {
		Error *problem `json:"error"`
	}
	readable := json.Unmarshal(body, &said) == nil
	a := answer{status, none}
	if readable && said.Error != nil && said.Error.Code != nil {
		a.code = *said.Error.Code
	} else if readable && status/100 == 2 {
		return nil
	}
	e := rules.Judge(a).Err()
	e.Code = max(0, a.code)
	return e
}

// reasonOf returns why an accepted message failed, by the code in a callback.
func reasonOf(code int) string {
	fault := rules.Judge(answer{http.StatusOK, code})
	if fault.Class == delivery.Ambiguous {
		return delivery.ReasonUndelivered
	}
	return fault.Reason
}

func codes(fault delivery.Fault, meaning string, list ...int) delivery.Rule[answer] {
	return delivery.Codes(fault, meaning, func(a answer) int { return a.code }, list...)
}

func withStatus(list ...int) func(answer) bool {
	return func(a answer) bool { return slices.Contains(list, a.status) }
}
