// Package twilio sends text and WhatsApp messages through Twilio's Messages API, and calls
// through its Calls API, or through a compatible provider.
//
// The APIs have no idempotency key, so for a failed request it matters whether Twilio may have
// accepted the message. The rules in fault.go decide that; if it is uncertain, nothing is sent
// again.
//
// The package uses twilio-go's form encoding, paths and authentication. twilio-go's client has no
// context parameter and hides the status of answers that are not JSON, so the package has its own
// http.RoundTripper.
package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

const (
	name           = "twilio"
	defaultBaseURL = "https://api.twilio.com"
	// whatsApp prefixes both numbers of a WhatsApp message.
	whatsApp = "whatsapp:"
	// servicePrefix begins the id of a Messaging Service, which is longer than any
	// alphanumeric sender.
	servicePrefix = "MG"
	nameLength    = 11

	// The bounds of ValidityPeriod in seconds. The upper one is the one from before 2024
	// (14400), which compatible providers may still have; codes live 600.
	minValidity = 1
	maxValidity = 14400
)

var (
	// alphanumeric is what twilio-go accepts as a user name or password.
	alphanumeric = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

	_ delivery.Sender = (*Sender)(nil)
)

type (
	// Options configure a Sender. APIKey with its secret takes precedence over AuthToken.
	Options struct {
		AccountSID string
		APIKey     string
		APISecret  string
		AuthToken  string
		// From is an E.164 number, a short code or an alphanumeric sender.
		From string
		// MessagingServiceSID selects the sender from a pool; From may then be empty.
		MessagingServiceSID string
		// WhatsApp and Voice are optional: without them those channels fail, unless the
		// message names its sender.
		WhatsApp WhatsApp
		Voice    Voice
		// Templates are for WhatsApp; WhatsApp.ContentSID is used if none of them fits.
		Templates delivery.Templates
		// BaseURL is scheme, host and optionally a path; empty means Twilio's own. The
		// environment's TWILIO_EDGE and TWILIO_REGION have no effect.
		BaseURL string
		// CallbackURL is where Twilio reports the status of a message, and Receipts makes the
		// references in that report; either both or neither.
		CallbackURL string
		Receipts    delivery.Receipts
	}

	// WhatsApp configures WhatsApp messages. They are sent with an approved template, because
	// a business may only start a conversation with one.
	WhatsApp struct {
		// ContentSID is the template's id; its variable 1 is the code.
		ContentSID string
		// From is an E.164 number, or MessagingServiceSID selects one.
		From                string
		MessagingServiceSID string
	}

	// Voice configures calls.
	Voice struct {
		// From is an E.164 number.
		From string
	}

	// Sender sends through Twilio. It is safe for concurrent use.
	Sender struct {
		accountSID  string
		credentials *client.Credentials
		sms, wa     origin
		content     string
		templates   delivery.Templates
		voice       string
		base        *url.URL
		transport   http.RoundTripper
		callback    string
		receipts    delivery.Receipts
	}

	// origin is the sender id of a message: one of the two.
	origin struct{ from, service string }
)

// New returns a sender, or an error that names the invalid option.
func New(o Options) (*Sender, error) {
	s := &Sender{
		accountSID: o.AccountSID, transport: wire.NewTransport(),
		sms: origin{o.From, o.MessagingServiceSID}, wa: origin{o.WhatsApp.From, o.WhatsApp.MessagingServiceSID},
		content: o.WhatsApp.ContentSID, templates: o.Templates, voice: o.Voice.From,
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
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBaseURL
	}
	base, err := url.Parse(strings.TrimSuffix(o.BaseURL, "/"))
	if err != nil || !wire.IsBase(o.BaseURL) || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("twilio: BaseURL must be http(s)://host[/path]")
	}
	s.base = base
	return s, nil
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message that is sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender. ctx bounds the whole exchange.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	if !s.can(m) {
		return delivery.FaultChannel.Err()
	}
	x := &exchange{ctx: ctx, base: s.base, transport: s.transport}
	sid, status, code, err := s.create(openapi.NewApiService(&client.RequestHandler{Client: s.client(x)}), m)
	switch {
	case x.failure != nil:
		return x.failure
	case !x.asked:
		// twilio-go refused before sending a request.
		return delivery.FaultInternal.Err()
	case err != nil || sid == nil || *sid == "":
		return rules.Judge(answer{http.StatusCreated, unread}).Err()
	}
	delivery.Accepted(ctx, *sid)
	return createdAsFailed(status, code)
}

// can reports whether the message can be sent at all. The WhatsApp template is one for codes, so
// a notice cannot.
func (s *Sender) can(m delivery.Message) bool {
	switch m.Channel {
	case delivery.SMS:
		return m.From != "" || s.sms != origin{}
	case delivery.WhatsApp:
		content, _ := s.contentOf(m)
		return content != "" && m.Code != "" && (m.From != "" || s.wa != origin{})
	case delivery.Voice:
		return m.From != "" || s.voice != ""
	default:
		return false
	}
}

func (s *Sender) create(api *openapi.ApiService, m delivery.Message) (sid, status *string, code *int, err error) {
	if m.Channel == delivery.Voice {
		call, err := api.CreateCall(s.callParams(m))
		if err != nil {
			return nil, nil, nil, err
		}
		return call.Sid, call.Status, nil, nil
	}
	message, err := api.CreateMessage(s.params(m))
	if err != nil {
		return nil, nil, nil, err
	}
	spend(m, message)
	return message.Sid, message.Status, message.ErrorCode, nil
}

// client returns a twilio-go client for one request. The transport pools connections.
func (s *Sender) client(x *exchange) *client.Client {
	c := &client.Client{
		Credentials: s.credentials,
		HTTPClient: &http.Client{
			Transport: x,
			// Following a redirect would send the message to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.SetAccountSid(s.accountSID)
	return c
}

func (s *Sender) params(m delivery.Message) *openapi.CreateMessageParams {
	p := (&openapi.CreateMessageParams{}).
		SetValidityPeriod(min(max(int(m.ExpiresIn/time.Second), minValidity), maxValidity))
	by, prefix := s.sms, ""
	if m.Channel == delivery.WhatsApp {
		by, prefix = s.wa, whatsApp
		content, variables := s.contentOf(m)
		p.SetContentSid(content).SetContentVariables(variables)
	} else {
		p.SetBody(m.Body)
	}
	if m.From != "" {
		by = origin{from: m.From}
	}
	if strings.HasPrefix(m.From, servicePrefix) && len(m.From) > nameLength {
		by = origin{service: m.From}
	}
	if by.from != "" {
		p.SetFrom(prefix + by.from)
	}
	if by.service != "" {
		p.SetMessagingServiceSid(by.service)
	}
	if callback := s.callbackFor(m); callback != "" {
		p.SetStatusCallback(callback)
	}
	return p.SetTo(prefix + m.To)
}

// contentOf returns the template of a WhatsApp message and its variables, which Twilio numbers
// from 1.
func (s *Sender) contentOf(m delivery.Message) (sid, variables string) {
	values := map[string]string{"1": m.Code}
	sid = s.content
	if t, ok := s.templates.For(m); ok {
		sid = t.ID
		clear(values)
		for i, v := range t.Variables {
			values[strconv.Itoa(i+1)] = v.Value
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return "", "" // unreachable: a map of strings can be encoded
	}
	return sid, string(text)
}

// callbackFor returns the URL for reports about the message, or "".
func (s *Sender) callbackFor(m delivery.Message) string {
	ref := delivery.Ref(s.receipts, m, name)
	if ref == "" {
		return ""
	}
	return s.callback + "?" + refKey + "=" + ref
}
