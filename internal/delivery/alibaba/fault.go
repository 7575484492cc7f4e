package alibaba

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"user-api/internal/delivery"
)

// answerOf is a refusal: its status and the code in its body, empty if there is none.
type answerOf struct {
	status int
	code   string
}

// limited: too many messages to a number: one code a minute, five an hour, ten a day.
var limited = delivery.Fault{
	Of: delivery.OfRecipient, Class: delivery.Retryable, Reason: delivery.ReasonRateLimited, Retry: delivery.Spread,
}

// rules are the failures of a request. Most refusals come with HTTP 200, so the code is checked
// before the status. An unknown code is attributed to the message: only `OK` means success, and
// a number that the API rejects must not stop the others.
var rules = delivery.Rules[answerOf]{
	codes(delivery.FaultNumber, "no such number", "isv.MOBILE_NUMBER_ILLEGAL", "isv.PHONE_NUMBER_ILLEGAL"),
	codes(limited, "too many to this number", "isv.BUSINESS_LIMIT_CONTROL"),
	begins(limited, "too many to this number", "isv.BUSINESS_LIMIT_", "BUSINESS_LIMIT_"),
	codes(delivery.FaultRegion, "the country is not permitted", "isv.NOT_SUPPORTED_COUNTRY", "isv.COUNTRY_RESTRICTED"),
	codes(delivery.FaultSender, "the sign name or the template is not permitted, or the template has other variables",
		"isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_NAME_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
		"isv.SMS_SIGN_ILLEGAL", "isv.SMS_TEST_NUMBER_LIMIT", "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT", "isv.TEMPLATE_MISSING_PARAMETERS",
		"isv.TEMPLATE_PARAMS_ILLEGAL"),
	codes(delivery.FaultRejected, "the message",
		"isv.MOBILE_COUNT_OVER_LIMIT", "isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.BLACK_KEY_CONTROL_LIMIT",
		"isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.SMS_CONTENT_ILLEGAL"),
	codes(delivery.FaultCredentials, "the account or its key",
		"isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL", "isv.PRODUCT_UN_SUBSCRIPT",
		"isv.PRODUCT_UNSUBSCRIBE", "isv.DENY_IP_RANGE", "isp.RAM_PERMISSION_DENY", "SignatureDoesNotMatch", "IncompleteSignature",
		"Forbidden.RAM", "NoPermission"),
	begins(delivery.FaultCredentials, "the key, or our clock", "InvalidAccessKeyId", "InvalidTimeStamp"),
	codes(delivery.FaultThrottled, "too much of the account", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"),
	begins(delivery.FaultThrottled, "too much of the account", "Throttling"),
	codes(delivery.FaultProvider, "an error at Alibaba", "isp.SYSTEM_ERROR", "isp.UNKNOWN", "isp.GATEWAY_ERROR"),
	begins(delivery.FaultProvider, "an error at Alibaba", "isp."),
	delivery.When("5xx", func(a answerOf) bool { return a.status >= 500 }, delivery.FaultProvider),
	delivery.When("429 without a code", func(a answerOf) bool { return a.status == http.StatusTooManyRequests }, delivery.FaultThrottled),
	delivery.When("any other code", func(a answerOf) bool { return a.code != "" }, delivery.FaultRejected),
	delivery.When("any other answer", func(answerOf) bool { return true }, delivery.FaultUnreadable),
}

// receiptRules are the failures in a report, by its code. The message was accepted, so it is not
// sent again in any case.
var receiptRules = delivery.Rules[string]{
	told(delivery.OfRecipient, delivery.ReasonNumber, "no such number", "MOBILE_NOT_ON_SERVICE", "INVALID_NUMBER"),
	told(delivery.OfRecipient, delivery.ReasonRateLimited, "too many to this number", "MOBILE_SEND_LIMIT"),
	told(delivery.OfRecipient, delivery.ReasonHandset, "the phone, or its contract", "MOBILE_ACCOUNT_ABNORMAL", "MOBLLE_TERMINAL_ERROR"),
	told(delivery.OfRecipient, delivery.ReasonCarrier, "on a blacklist", "MOBILE_IN_BLACK"),
	told(delivery.OfRecipient, delivery.ReasonOptedOut, "the user does not want messages", "USER_REJECT"),
	told(delivery.OfMessage, delivery.ReasonFiltered, "classified as spam", "CONTENT_KEYWORD", "CONTENT_ERROR"),
	told(delivery.OfMessage, delivery.ReasonExpired, "not delivered in time", "EXPIRED"),
	delivery.When("any other failure", func(string) bool { return true }, delivery.AfterAccept(delivery.OfMessage, delivery.ReasonUndelivered)),
}

// Rows returns the rules of requests for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// ReceiptRows returns the rules of reports for the documents.
func ReceiptRows() []delivery.Row { return receiptRules.Rows() }

// judge returns the failure that an answer means, or nil for an accepted message. Only codes from
// the rules are logged, and no other text of the API.
func judge(status int, code string) *delivery.SendError {
	if code == success && status/100 == 2 {
		return nil
	}
	fault := rules.Judge(answerOf{status, code})
	for _, rule := range rules {
		if code != "" && strings.Contains(rule.Answer, "`"+code+"`") {
			return fault.Because(errors.New(code))
		}
	}
	return fault.Err()
}

func codes(fault delivery.Fault, meaning string, list ...string) delivery.Rule[answerOf] {
	return delivery.Codes(fault, meaning, func(a answerOf) string { return a.code }, list...)
}

func begins(fault delivery.Fault, meaning string, prefixes ...string) delivery.Rule[answerOf] {
	return delivery.When("begins with "+delivery.Quoted(prefixes)+": "+meaning, func(a answerOf) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(a.code, prefix) })
	}, fault)
}

func told(of delivery.Subject, reason, meaning string, list ...string) delivery.Rule[string] {
	return delivery.Codes(delivery.AfterAccept(of, reason), meaning, func(code string) string { return code }, list...)
}
