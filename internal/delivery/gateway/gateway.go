// Package gateway hands messages to an HTTP service of the operator's own, which
// sends them by whatever provider it likes. docs/providers/http.md has the contract.
//
// A request is one JSON object, signed; its id is the same for every request of
// one message and so the key by which the service can refuse to send it twice.
// Net/http repeats no such request, and no redirect is followed. What counts of
// the answer is its result, one word of a closed list:
//
//	accepted   ok
//	Permanent  invalid_number, auth_failed, rejected
//	Retryable  rate_limited; no connection was made (DNS, dial, TLS)
//	Ambiguous  timeout, unknown; any other word, 5xx, 3xx, no answer in time
package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// The headers of a request that prove where it comes from.
const (
	HeaderTimestamp = "X-Timestamp"
	HeaderSignature = "X-Signature"
)

const (
	name = "http"
	// version goes before a signature, so that there may be another recipe.
	version = "v1="
)

// results are the words of an answer that is a refusal.
var results = map[string]delivery.SendError{
	"invalid_number": {Class: delivery.Permanent, Reason: delivery.ReasonNumber},
	"rate_limited":   {Class: delivery.Retryable, Reason: delivery.ReasonRateLimited},
	"auth_failed":    {Class: delivery.Permanent, Reason: delivery.ReasonCredentials},
	"rejected":       {Class: delivery.Permanent, Reason: delivery.ReasonRejected},
	"timeout":        {Class: delivery.Ambiguous, Reason: delivery.ReasonTimeout},
	"unknown":        {Class: delivery.Ambiguous, Reason: delivery.ReasonProvider},
}

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		URL    string
		Secret string
		// Timeout bounds one request; 0 leaves that to the courier.
		Timeout time.Duration
		// Repeatable tells that the service sends a message once per id.
		Repeatable bool
		// Now dates the requests.
		Now func() time.Time
	}

	// Sender sends through the service. It is safe for concurrent use.
	Sender struct {
		Options
		transport http.RoundTripper
	}

	// request is the body. Empty fields are left out.
	request struct {
		ID      string           `json:"id"`
		To      string           `json:"to"`
		From    string           `json:"from,omitempty"`
		Channel delivery.Channel `json:"channel"`
		Text    string           `json:"text"`
		// Purpose is what the code is for, or which notice it is.
		Purpose string `json:"purpose,omitempty"`
		Code    string `json:"code,omitempty"`
		Locale  string `json:"locale,omitempty"`
		// ExpiresIn is what is left of the code's life, in whole seconds.
		ExpiresIn int64 `json:"expiresIn"`
	}
)

// New returns a sender, or an error that names the option at fault.
func New(o Options) (*Sender, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		return nil, errors.New("gateway: URL must be http(s)://host[/path]")
	case o.Secret == "":
		return nil, errors.New("gateway: Secret is missing")
	case o.Now == nil:
		return nil, errors.New("gateway: Now is required")
	}
	return &Sender{Options: o, transport: wire.NewTransport()}, nil
}

// Sign is the signature of a body at a time in Unix seconds: "v1=" and the
// lower-case hex of HMAC-SHA-256, keyed with the secret's bytes, over the
// timestamp as it stands in its header, a full stop, and the body.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return version + hex.EncodeToString(mac.Sum(nil))
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: it is for the operator to know.
func (s *Sender) Repeatable() bool { return s.Options.Repeatable }

// Send implements delivery.Sender.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Timeout)
		defer cancel()
	}
	r, err := s.request(ctx, m)
	if err != nil {
		return delivery.NewSendError(delivery.Permanent, delivery.ReasonInternal, err)
	}
	resp, body, failure := wire.Exchange(s.transport, r)
	if failure != nil {
		return failure
	}
	if failure := classify(resp.StatusCode, resp.Header, body); failure != nil {
		return failure
	}
	return nil
}

func (s *Sender) request(ctx context.Context, m delivery.Message) (*http.Request, error) {
	body, err := json.Marshal(request{
		ID: m.ID, To: m.To, From: m.From, Channel: m.Channel, Text: m.Body, Purpose: m.Purpose, Code: m.Code, Locale: m.Locale,
		ExpiresIn: int64(m.ExpiresIn / time.Second),
	})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	timestamp := strconv.FormatInt(s.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "user-api")
	r.Header.Set(HeaderTimestamp, timestamp)
	r.Header.Set(HeaderSignature, Sign(s.Secret, timestamp, body))
	return r, nil
}

// classify judges an answer; nil is an accepted message. The word decides, for a
// proxy in between knows statuses but not this list; a 5xx or 3xx is nobody's word.
func classify(status int, header http.Header, body []byte) *delivery.SendError {
	var answer struct {
		Result string `json:"result"`
	}
	if status >= 500 {
		return &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonProvider}
	}
	unreadable := &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonUnreadable}
	if status/100 == 3 || json.Unmarshal(body, &answer) != nil {
		return unreadable
	}
	if answer.Result == "ok" && status/100 == 2 {
		return nil
	}
	e, known := results[answer.Result]
	if !known {
		return unreadable
	}
	if e.Class == delivery.Retryable {
		e.RetryAfter = wire.RetryAfter(header)
	}
	return &e
}
