package msg91

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"user-api/internal/delivery"
)

// answer is a refusal: its status, its code, 0 if there is none, and whether it says that it is
// an error.
type answer struct {
	status, code int
	isError      bool
}

// rules are the failures of a request. Refusals come with HTTP 200 or 4xx, so the code is
// checked before the status. An unknown code is attributed to the message.
var rules = delivery.Rules[answer]{
	codes(delivery.FaultNumber, "no such number", 101, 202),
	codes(delivery.FaultSender, "the sender id or the template is not permitted", 203, 211, 400),
	codes(delivery.FaultCredentials, "the key, the account or our IP address", 106, 201, 207, 208, 301, 302, 303, 418),
	codes(delivery.FaultRoute, "the route is closed at this hour", 306),
	codes(delivery.FaultRejected, "the same request within ten seconds", 311),
	codes(delivery.FaultProvider, "an error at MSG91", 506),
	delivery.When("5xx", func(a answer) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("429", status(http.StatusTooManyRequests), delivery.FaultThrottled),
	delivery.When("401, 403 or 418 without a code", status(http.StatusUnauthorized, http.StatusForbidden, http.StatusTeapot), delivery.FaultCredentials),
	delivery.When("any other error or 4xx", func(a answer) bool { return a.isError || a.status/100 == 4 }, delivery.FaultRejected),
	delivery.When("any other answer", func(answer) bool { return true }, delivery.FaultUnreadable),
}

// receiptRules are the failures in a report, by its status. The message was accepted, so it is
// not sent again in any case.
var receiptRules = delivery.Rules[string]{
	told(delivery.OfRecipient, delivery.ReasonCarrier, "blocked, or on a do-not-disturb list", "9", "17"),
	told(delivery.OfMessage, delivery.ReasonRejected, "rejected", "16", "25"),
	delivery.When("`2`: failed", func(string) bool { return true }, delivery.AfterAccept(delivery.OfMessage, delivery.ReasonUndelivered)),
}

// Rows returns the rules of requests for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// ReceiptRows returns the rules of reports for the documents.
func ReceiptRows() []delivery.Row { return receiptRules.Rows() }

// judge returns the failure that an answer means, or nil for an accepted message.
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

// requestOf returns MSG91's id of an accepted request.
func requestOf(body []byte) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	return said.Message
}

// codeOf parses a code, which is a number or a string with one.
func codeOf(raw json.RawMessage) int {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	code, _ := strconv.Atoi(text) // 0 if there is none
	return code
}

func codes(fault delivery.Fault, meaning string, list ...int) delivery.Rule[answer] {
	return delivery.Codes(fault, meaning, func(a answer) int { return a.code }, list...)
}

func status(list ...int) func(answer) bool {
	return func(a answer) bool { return slices.Contains(list, a.status) }
}

func told(of delivery.Subject, reason, meaning string, list ...string) delivery.Rule[string] {
	return delivery.Codes(delivery.AfterAccept(of, reason), meaning, func(code string) string { return code }, list...)
}
