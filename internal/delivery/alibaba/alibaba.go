// Package alibaba sends text messages through Alibaba Cloud SMS (Dysmsapi, version 2017-05-25),
// which only accepts registered templates.
//
// A request is signed with the scheme ACS3-HMAC-SHA256. The API has no idempotency key: a message
// that may have been accepted is not sent again. Most refusals come with HTTP 200 and a code in
// the body.
package alibaba

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

const (
	name       = "alibaba"
	apiVersion = "2017-05-25"
	success    = "OK"
)

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		// KeyID and KeySecret are an access key with permission to send.
		KeyID, KeySecret string
		// Endpoint is scheme and host of the API.
		Endpoint string
		// Templates are the registered texts, each with a sign name.
		Templates delivery.Templates
		// Receipts makes the references that come back with the reports; it is optional.
		Receipts delivery.Receipts
		// Now dates the requests, and Rand makes their nonces.
		Now  func() time.Time
		Rand io.Reader
	}

	// Sender sends through the API. It is safe for concurrent use.
	Sender struct {
		Options
		host      string
		transport http.RoundTripper
	}

	// answer is the API's answer to a request.
	answer struct {
		Code, Message, BizId string
		// TemplateStatus is 1 for an approved template.
		TemplateStatus int
	}
)

// New returns a sender, or an error that names the invalid option.
func New(o Options) (*Sender, error) {
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || !wire.IsBase(o.Endpoint) || strings.Trim(u.Path, "/") != "":
		return nil, errors.New("alibaba: Endpoint must be http(s)://host")
	case o.KeyID == "" || o.KeySecret == "":
		return nil, errors.New("alibaba: KeyID or KeySecret is missing")
	case o.Now == nil:
		return nil, errors.New("alibaba: Now is required")
	}
	o.Endpoint = u.Scheme + "://" + u.Host
	return &Sender{Options: o, host: u.Host, transport: wire.NewTransport()}, nil
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message that is sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	t, ok := s.Templates.For(m)
	if !ok {
		return delivery.FaultChannel.Err()
	}
	values := map[string]string{}
	for _, v := range t.Variables {
		values[v.Name] = v.Value
	}
	params, err := json.Marshal(values)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	query := url.Values{
		"PhoneNumbers": {strings.TrimPrefix(m.To, "+")}, "SignName": {t.Sign}, "TemplateCode": {t.ID}, "TemplateParam": {string(params)},
	}
	if ref := delivery.Ref(s.Receipts, m, name); ref != "" {
		query.Set("OutId", ref)
	}
	a, failure := s.ask(ctx, "SendSms", query)
	if failure != nil {
		return failure
	}
	delivery.Accepted(ctx, a.BizId)
	return nil
}

// Check requests a template, which sends nothing: whether the API accepts the key, and whether
// the template is approved. It fails with a *delivery.SendError.
func (s *Sender) Check(ctx context.Context, template string) error {
	a, failure := s.ask(ctx, "QuerySmsTemplate", url.Values{"TemplateCode": {template}})
	switch {
	case failure != nil:
		return failure
	case a.TemplateStatus != 1:
		return fmt.Errorf("alibaba: template %s is not approved", template)
	}
	return nil
}

// ask makes one request and judges its answer.
func (s *Sender) ask(ctx context.Context, action string, query url.Values) (answer, *delivery.SendError) {
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, nonce); err != nil {
		return answer{}, delivery.FaultInternal.Because(err)
	}
	raw := canonical(query)
	signed := map[string]string{
		"host": s.host, "x-acs-action": action, "x-acs-version": apiVersion, "x-acs-content-sha256": hash(nil),
		"x-acs-date": s.Now().UTC().Format("2006-01-02T15:04:05Z"), "x-acs-signature-nonce": hex.EncodeToString(nonce),
	}
	header := maps.Clone(signed)
	delete(header, "host") // net/http sets it
	header["Accept"], header["Authorization"] = "application/json", authorization(s.KeyID, s.KeySecret, raw, signed)
	status, body, failure := wire.Call(ctx, s.transport, http.MethodPost, s.Endpoint+"/?"+raw, header, nil)
	if failure != nil {
		return answer{}, failure
	}
	var a answer
	if json.Unmarshal(body, &a) != nil {
		a = answer{}
	}
	return a, judge(status, a.Code)
}
