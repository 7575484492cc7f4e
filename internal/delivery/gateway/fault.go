package gateway

import (
	"encoding/json"
	"net/http"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// answer is the service's answer: a status, and the word of its contract if the body has one.
type answer struct {
	status int
	result string
}

// rules are the service's failures. The word decides, because a proxy in between knows statuses
// but not this list; a 5xx or 3xx never comes from the service. What the service says about a
// message is attributed to the message or its recipient: a number that it cannot handle says
// nothing about others.
var rules = delivery.Rules[answer]{
	delivery.When("5xx", func(a answer) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("3xx", func(a answer) bool { return a.status/100 == 3 }, delivery.FaultUnreadable),
	word("invalid_number", delivery.FaultNumber),
	word("blocked", delivery.FaultBlocked),
	word("rate_limited", delivery.FaultRateLimited),
	word("throttled", delivery.FaultThrottled),
	word("auth_failed", delivery.FaultCredentials),
	word("rejected", delivery.FaultRejected),
	word("timeout", ofMessage(delivery.FaultTimeout)),
	word("unknown", ofMessage(delivery.FaultProvider)),
	delivery.When("401 without a word of the list", status(http.StatusUnauthorized), delivery.FaultCredentials),
	delivery.When("429 without a word of the list", status(http.StatusTooManyRequests), delivery.FaultThrottled),
	delivery.When("any other 4xx without a word of the list", func(a answer) bool { return a.status/100 == 4 }, ofMessage(delivery.FaultUnreadable)),
	delivery.When("any other answer", func(answer) bool { return true }, delivery.FaultUnreadable),
}

// Rows returns the rules for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// classify judges an answer. It returns nil for an accepted message.
func classify(status int, header http.Header, body []byte) *delivery.SendError {
	var said struct {
		Result string `json:"result"`
	}
	if json.Unmarshal(body, &said) != nil {
		said.Result = ""
	}
	if said.Result == "ok" && status/100 == 2 {
		return nil
	}
	e := rules.Judge(answer{status, said.Result}).Err()
	if e.Retry != delivery.Never {
		e.RetryAfter = wire.RetryAfter(header)
	}
	return e
}

func word(result string, fault delivery.Fault) delivery.Rule[answer] {
	return delivery.Rule[answer]{Answer: "`" + result + "`", Is: func(a answer) bool { return a.result == result }, Fault: fault}
}

func status(code int) func(answer) bool { return func(a answer) bool { return a.status == code } }

// ofMessage returns the fault for the case that the service itself works and only does not know
// about this message.
func ofMessage(fault delivery.Fault) delivery.Fault {
	fault.Of = delivery.OfMessage
	return fault
}
