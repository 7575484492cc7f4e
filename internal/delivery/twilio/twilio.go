// Package twilio sends text messages through Twilio's Messages API, or a
// provider that speaks it.
//
// The API has no idempotency key, so the one question about a failed request is
// whether Twilio may have accepted the message:
//
//	Retryable  429; no connection was made (DNS, dial, TLS)
//	Ambiguous  time-out or cut once a connection was made, 5xx, 3xx, a 2xx
//	           without a message in it
//	Permanent  any other 4xx; a message that is created as failed
//
// The class follows the HTTP status, for Twilio keeps changing its error codes;
// a code only names the reason, and makes a 429 Permanent where waiting a
// moment will not help.
//
// Of twilio-go it uses the form encoding, the path and the authentication. Its
// client takes no context and hides the status of answers that are not JSON, so
// the exchange itself is this package's own http.RoundTripper.
package twilio

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
)

const (
	name           = "twilio"
	defaultBaseURL = "https://api.twilio.com"
	connectTimeout = 5 * time.Second
	// idleTimeout is well below that of usual load balancers (60 s): a request
	// on a connection that the server is just closing ends Ambiguous.
	idleTimeout = 20 * time.Second
	idleConns   = 64

	// The bounds of ValidityPeriod in seconds. The upper one is that of before
	// 2024 (14400), as compatible providers may keep it; codes live 600.
	minValidity = 1
	maxValidity = 14400
)

var (
	// alphanumeric is what twilio-go lets pass as a user name or password.
	alphanumeric = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

	_ delivery.Sender = (*Sender)(nil)
)

type (
	// Options configure a Sender. ApiKey with its secret goes before AuthToken.
	Options struct {
		AccountSID string
		APIKey     string
		APISecret  string
		AuthToken  string
		// From is an E.164 number, a short code or an alphanumeric sender.
		From string
		// MessagingServiceSID picks the sender from a pool; From may be empty then.
		MessagingServiceSID string
		// BaseURL is scheme, host and perhaps a path; empty means Twilio's own.
		// The environment's TWILIO_EDGE and TWILIO_REGION have no effect.
		BaseURL string
		// CallbackURL is where Twilio tells what became of a message, and Receipts
		// who gives out the references it comes back with; both or neither.
		CallbackURL string
		Receipts    delivery.Receipts
	}

	// Sender sends through Twilio. It is safe for concurrent use.
	Sender struct {
		accountSID  string
		credentials *client.Credentials
		from        string
		service     string
		base        *url.URL
		transport   http.RoundTripper
		callback    string
		receipts    delivery.Receipts
	}
)

// New returns a sender, or an error that names the option at fault.
func New(o Options) (*Sender, error) {
	s := &Sender{
		accountSID: o.AccountSID, from: o.From, service: o.MessagingServiceSID, transport: newTransport(),
		callback: o.CallbackURL, receipts: o.Receipts,
	}
	user, password := o.APIKey, o.APISecret
	if user == "" && password == "" {
		user, password = o.AccountSID, o.AuthToken
	}
	s.credentials = client.NewCredentials(user, password)
	switch {
	case !alphanumeric.MatchString(o.AccountSID):
		return nil, errors.New("twilio: AccountSID is missing or malformed")
	case !alphanumeric.MatchString(user) || !alphanumeric.MatchString(password):
		return nil, errors.New("twilio: APIKey with APISecret, or AuthToken, is missing or malformed")
	case (o.CallbackURL == "") != (o.Receipts == nil):
		return nil, errors.New("twilio: CallbackURL and Receipts go together")
	case o.From == "" && o.MessagingServiceSID == "":
		return nil, errors.New("twilio: From or MessagingServiceSID is required")
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBaseURL
	}
	base, err := url.Parse(strings.TrimSuffix(o.BaseURL, "/"))
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("twilio: BaseURL must be http(s)://host[/path]")
	}
	s.base = base
	return s, nil
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender. ctx bounds the whole exchange.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	x := &exchange{ctx: ctx, base: s.base, transport: s.transport}
	api := openapi.NewApiService(&client.RequestHandler{Client: s.client(x)})
	created, err := api.CreateMessage(s.params(m))
	switch {
	case x.failure != nil:
		return x.failure
	case !x.asked:
		// twilio-go refused before it asked.
		return &delivery.SendError{Class: delivery.Permanent, Reason: delivery.ReasonInternal}
	case err != nil || created.Sid == nil || *created.Sid == "":
		return &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonUnreadable}
	}
	if err := refusedAtBirth(created); err != nil {
		return err
	}
	spend(m, created)
	return nil
}

// Told reports whether Twilio is asked for receipts.
func (s *Sender) Told() bool { return s.receipts != nil }

// client returns a twilio-go client for one request; connections are pooled in
// the transport below it.
func (s *Sender) client(x *exchange) *client.Client {
	c := &client.Client{
		Credentials: s.credentials,
		HTTPClient: &http.Client{
			Transport: x,
			// A followed redirect would carry the message to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.SetAccountSid(s.accountSID)
	return c
}

func (s *Sender) params(m delivery.Message) *openapi.CreateMessageParams {
	p := (&openapi.CreateMessageParams{}).SetTo(m.To).SetBody(m.Body).
		SetValidityPeriod(min(max(int(m.ExpiresIn/time.Second), minValidity), maxValidity))
	if s.from != "" {
		p.SetFrom(s.from)
	}
	if s.service != "" {
		p.SetMessagingServiceSid(s.service)
	}
	if callback := s.callbackFor(m); callback != "" {
		p.SetStatusCallback(callback)
	}
	return p
}

// callbackFor is the URL by which Twilio tells of the message. A message for
// which there is none is sent all the same.
func (s *Sender) callbackFor(m delivery.Message) string {
	if s.receipts == nil {
		return ""
	}
	ref, err := s.receipts.Ref(m, name)
	if err != nil {
		return ""
	}
	return s.callback + "?" + refKey + "=" + ref
}

// newTransport speaks HTTP/1.1 alone: over HTTP/2 net/http repeats a POST on
// its own after some stream errors.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		IdleConnTimeout:     idleTimeout,
		MaxIdleConns:        idleConns,
		MaxIdleConnsPerHost: idleConns,
		Protocols:           protocols,
	}
}
