// Package gateway sends messages through an HTTP service of the operator, which may use any
// provider. docs/providers/http.md has the contract.
//
// A request is one signed JSON object. Its id is the same for every request of one message, so
// the service can refuse to send it twice. net/http does not repeat such a request, and
// redirects are not followed. Only the result in the answer counts, one word of a closed list;
// the rules in fault.go say what each word means.
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
	"strconv"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// The headers that authenticate a request.
const (
	HeaderTimestamp = "X-Timestamp"
	HeaderSignature = "X-Signature"
)

const (
	name = "http"
	// version begins a signature, so that there can be another scheme later.
	version = "v1="
)

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		URL    string
		Secret string
		// Timeout bounds one request; 0 means the courier's timeout.
		Timeout time.Duration
		// Repeatable reports whether the service sends a message once per id.
		Repeatable bool
		// Templates are the registered texts that the service is sent.
		Templates delivery.Templates
		// Now is the clock for timestamps.
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
		// ExpiresIn is the remaining life of the code, in whole seconds.
		ExpiresIn int64 `json:"expiresIn"`
		// Template is the registered text to send instead of Text, and Variables are its
		// values, in order.
		Template  *registered `json:"template,omitempty"`
		Variables []variable  `json:"variables,omitempty"`
	}

	registered struct {
		ID       string `json:"id"`
		Language string `json:"language,omitempty"`
		Sign     string `json:"sign,omitempty"`
		Entity   string `json:"entity,omitempty"`
		Header   string `json:"header,omitempty"`
	}

	variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// New returns a sender, or an error that names the invalid option.
func New(o Options) (*Sender, error) {
	switch {
	case !wire.IsBase(o.URL):
		return nil, errors.New("gateway: URL must be http(s)://host[/path]")
	case o.Secret == "":
		return nil, errors.New("gateway: Secret is missing")
	case o.Now == nil:
		return nil, errors.New("gateway: Now is required")
	}
	return &Sender{Options: o, transport: wire.NewTransport()}, nil
}

// Sign returns the signature of a body at a time in Unix seconds: "v1=" and the lower-case hex
// of HMAC-SHA-256, keyed with the secret's bytes, over the timestamp as it is in its header, a
// full stop, and the body.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return version + hex.EncodeToString(mac.Sum(nil))
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender. Only the operator can know.
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
		return delivery.FaultInternal.Because(err)
	}
	resp, body, failure := wire.Exchange(s.transport, r)
	if failure != nil {
		return failure
	}
	if failure := classify(resp.StatusCode, resp.Header, body); failure != nil {
		return failure
	}
	delivery.Accepted(ctx, m.ID) // the gateway uses our id
	return nil
}

func (s *Sender) request(ctx context.Context, m delivery.Message) (*http.Request, error) {
	content := request{
		ID: m.ID, To: m.To, From: m.From, Channel: m.Channel, Text: m.Body, Purpose: m.Purpose, Code: m.Code, Locale: m.Locale,
		ExpiresIn: int64(m.ExpiresIn / time.Second),
	}
	if t, ok := s.Templates.For(m); ok {
		content.Template = &registered{t.ID, t.Language, t.Sign, t.Entity, t.Header}
		for _, v := range t.Variables {
			content.Variables = append(content.Variables, variable(v))
		}
	}
	body, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	timestamp := strconv.FormatInt(s.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(HeaderTimestamp, timestamp)
	r.Header.Set(HeaderSignature, Sign(s.Secret, timestamp, body))
	return r, nil
}
