package twilio

import (
	"encoding/json"
	"net/http"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// answer is a refusal: its status, 201 for a message that was created as failed, and Twilio's
// code, 0 if there is none.
type answer struct{ status, code int }

// rules are the failures of a request. Codes are checked before statuses, except for statuses
// after which the message may have been accepted. An unknown 4xx is attributed to the message:
// Twilio keeps changing its codes, and a recipient that it rejects must not stop the others.
var rules = delivery.Rules[answer]{
	delivery.When("5xx", func(a answer) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("3xx, or a 2xx without a message in it", func(a answer) bool { return a.status < 400 && a.code == unread }, delivery.FaultUnreadable),
	codes(delivery.FaultCredentials, "authentication, account not active", 20003, 20005),
	codes(delivery.FaultThrottled, "too much of the account", 20429, 63038),
	codes(delivery.FaultSender, "the sender is not permitted, or not to this number", 21210, 21212, 21219, 21606, 21608, 30034, 63007),
	codes(delivery.FaultRegion, "the country is not permitted", 21215, 21408),
	codes(delivery.FaultNumber, "no such number", 21211, 30005),
	codes(delivery.FaultNotMobile, "a landline", 21614, 30006),
	codes(delivery.FaultOptedOut, "STOP", 21610),
	codes(delivery.FaultRoute, "no route", 21612),
	codes(delivery.FaultBlocked, "fraud guard", 30450, 60410),
	delivery.When("401", status(http.StatusUnauthorized), delivery.FaultCredentials),
	delivery.When("429 without a code", func(a answer) bool { return a.status == http.StatusTooManyRequests && a.code == 0 }, delivery.FaultThrottled),
	delivery.When("429 with any other code", status(http.StatusTooManyRequests), delivery.FaultRateLimited),
	delivery.When("any other 4xx, 403 too; created as failed", func(answer) bool { return true }, delivery.FaultRejected),
}

// unread is the code of an answer that does not come from Twilio.
const unread = -1

// receiptRules are the failures in a callback. The message was accepted, so it is not sent again
// in any case.
var receiptRules = delivery.Rules[receipt]{
	told(delivery.OfSender, delivery.ReasonThrottled, "a queue or limit of ours overflowed", 30001, 30022, 63018),
	told(delivery.OfAccount, delivery.ReasonCredentials, "account suspended", 20003, 20005, 30002),
	told(delivery.OfRecipient, delivery.ReasonHandset, "off, or out of reach", 30003),
	told(delivery.OfRecipient, delivery.ReasonCarrier, "blocked by the network or the recipient", 30004),
	told(delivery.OfMessage, delivery.ReasonFiltered, "classified as spam", 30007),
	told(delivery.OfMessage, delivery.ReasonUndelivered, "unknown", 30008),
	told(delivery.OfMessage, delivery.ReasonExpired, "not delivered while the code lived", 30036),
	told(delivery.OfRecipient, delivery.ReasonRoute, "not on the channel, or no route", 21612, 63003, 63024),
	told(delivery.OfRecipient, delivery.ReasonNumber, "no such number", 21211, 30005),
	told(delivery.OfRecipient, delivery.ReasonNotMobile, "a landline", 21614, 30006),
	told(delivery.OfRecipient, delivery.ReasonOptedOut, "STOP", 21610),
	blockedLater(30450, 60410),
	told(delivery.OfSender, delivery.ReasonSender, "the sender is not permitted, or not to this number", 21210, 21212, 21219, 21606, 21608, 30034, 63007),
	told(delivery.OfSender, delivery.ReasonRegion, "the country is not permitted", 21215, 21408),
	delivery.When("any other 21xxx or 63xxx",
		func(r receipt) bool { return r.code/1000 == 21 || r.code/1000 == 63 }, delivery.AfterAccept(delivery.OfMessage, delivery.ReasonRejected)),
	delivery.When("a call: `busy`, `no-answer`",
		func(r receipt) bool { return r.call == "busy" || r.call == "no-answer" }, delivery.AfterAccept(delivery.OfRecipient, delivery.ReasonHandset)),
	delivery.When("any other failure", func(receipt) bool { return true }, delivery.AfterAccept(delivery.OfMessage, delivery.ReasonUndelivered)),
}

// receipt is a callback for a failure: its code, 0 if there is none, and the status of a call.
type receipt struct {
	code int
	call string
}

// Rows returns the rules of requests for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// ReceiptRows returns the rules of callbacks for the documents.
func ReceiptRows() []delivery.Row { return receiptRules.Rows() }

// classify judges an answer that is not a 2xx. Its body need not be JSON.
func classify(status int, header http.Header, body []byte) *delivery.SendError {
	var said struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(body, &said) != nil {
		said.Code = 0
	}
	if status < 400 {
		return rules.Judge(answer{status, unread}).Err()
	}
	e := rules.Judge(answer{status, said.Code}).Err()
	e.Code = said.Code
	if e.Retry != delivery.Never {
		e.RetryAfter = wire.RetryAfter(header)
	}
	return e
}

// createdAsFailed returns the failure of a message or call that was created in a failed state, or
// nil.
func createdAsFailed(status *string, code *int) error {
	if status == nil || *status != "failed" && *status != "undelivered" && *status != "canceled" {
		return nil
	}
	a := answer{status: http.StatusCreated}
	if code != nil {
		a.code = *code
	}
	e := rules.Judge(a).Err()
	e.Code = a.code
	return e
}

func codes(fault delivery.Fault, meaning string, list ...int) delivery.Rule[answer] {
	return delivery.Codes(fault, meaning, func(a answer) int { return a.code }, list...)
}

func told(of delivery.Subject, reason, meaning string, list ...int) delivery.Rule[receipt] {
	return delivery.Codes(delivery.AfterAccept(of, reason), meaning, func(r receipt) int { return r.code }, list...)
}

// blockedLater returns the rule for codes of a recipient that is blocked for a while.
func blockedLater(list ...int) delivery.Rule[receipt] {
	rule := told(delivery.OfRecipient, delivery.ReasonBlocked, "fraud guard", list...)
	rule.Fault.Retry = delivery.Blocks
	return rule
}

func status(code int) func(answer) bool { return func(a answer) bool { return a.status == code } }
