package msg91

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"user-api/internal/delivery"
)

// answer is a refusal: its status, its code, 0 if there is none, and whether it says
// itself that it is an error.
type answer struct {
	status, code int
	isError      bool
}

// rules are the failures of a request. Refusals come with HTTP 200 or 4xx, so the code
// goes before the status. One that is not known is charged to its message.
var rules = delivery.Rules[answer]{
	codes(delivery.FaultNumber, "no such number", 101, 202),
	codes(delivery.FaultSender, "the sender id or the template may not", 203, 211, 400),
	codes(delivery.FaultCredentials, "the key, the account or our address", 106, 201, 207, 208, 301, 302, 303, 418),
	codes(delivery.FaultRoute, "the route is closed at this hour", 306),
	codes(delivery.FaultRejected, "the same request within ten seconds", 311),
	codes(delivery.FaultProvider, "its own failure", 506),
	delivery.When("5xx", func(a answer) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("429", status(http.StatusTooManyRequests), delivery.FaultThrottled),
	delivery.When("401, 403 or 418 without a code", status(http.StatusUnauthorized, http.StatusForbidden, http.StatusTeapot), delivery.FaultCredentials),
	delivery.When("any other error or 4xx", func(a answer) bool { return a.isError || a.status/100 == 4 }, delivery.FaultRejected),
	delivery.When("any other answer", func(answer) bool { return true }, delivery.FaultUnreadable),
}

// receiptRules are the failures that a report tells of, by its status: the message was
// accepted, so it is not sent again whatever they say.
var receiptRules = delivery.Rules[string]{
	told(delivery.OfRecipient, delivery.ReasonCarrier, "blocked, or on the list of those who want none", "9", "17"),
	told(delivery.OfMessage, delivery.ReasonRejected, "rejected", "16", "25"),
	delivery.When("`2`: failed", func(string) bool { return true }, accepted(delivery.OfMessage, delivery.ReasonUndelivered)),
}

// Rows are the rules of requests, and ReceiptRows those of reports, for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// ReceiptRows are as Rows.
func ReceiptRows() []delivery.Row { return receiptRules.Rows() }

// judge is what an answer comes to, nil for an accepted message.
func judge(status int, body []byte) *delivery.SendError {
	var said struct {
		Type string          `json:"type"`
		Code json.RawMessage `json:"code"`
	}
	if json.Unmarshal(body, &said) != nil {
		said.Type, said.Code = "", nil
	}
	if said.Type == "success" && status/100 == 2 {
		return nil
	}
	a := answer{status: status, code: codeOf(said.Code), isError: said.Type == "error"}
	e := rules.Judge(a).Err()
	e.Code = a.code
	return e
}

// requestOf is MSG91's name for a request that it has accepted.
func requestOf(body []byte) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	return said.Message
}

// codeOf reads a code, which is a number or a text with one.
func codeOf(raw json.RawMessage) int {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	code, _ := strconv.Atoi(text) // none is 0
	return code
}

func codes(fault delivery.Fault, meaning string, list ...int) delivery.Rule[answer] {
	words := make([]string, len(list))
	for i, code := range list {
		words[i] = strconv.Itoa(code)
	}
	return delivery.When(listed(words)+": "+meaning, func(a answer) bool { return slices.Contains(list, a.code) }, fault)
}

func status(list ...int) func(answer) bool {
	return func(a answer) bool { return slices.Contains(list, a.status) }
}

func told(of delivery.Subject, reason, meaning string, list ...string) delivery.Rule[string] {
	return delivery.When(listed(list)+": "+meaning, func(code string) bool { return slices.Contains(list, code) }, accepted(of, reason))
}

func accepted(of delivery.Subject, reason string) delivery.Fault {
	return delivery.Fault{Of: of, Class: delivery.Permanent, Reason: reason, Retry: delivery.Never, Ends: true}
}

func listed(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }
