// Package meta sends WhatsApp messages through Meta's Cloud API. It only sends authentication
// templates with a button that copies the code, because a business may only start a conversation
// with a template.
//
// The API has no idempotency key: a message that may have been accepted is not sent again.
package meta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

const name = "meta"

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		// PhoneNumberID is Meta's id of the sending number.
		PhoneNumberID string
		// Token is an access token with permission to send.
		Token string
		// BaseURL is scheme, host and version of the API.
		BaseURL string
		// Templates are the approved templates, each with its Language.
		Templates delivery.Templates
		// Receipts makes the references that come back with statuses; it is optional.
		Receipts delivery.Receipts
	}

	// Sender sends through the API. It is safe for concurrent use.
	Sender struct {
		Options
		transport http.RoundTripper
	}

	message struct {
		Product  string `json:"messaging_product"`
		Kind     string `json:"recipient_type"`
		To       string `json:"to"`
		Type     string `json:"type"`
		Template struct {
			Name     string `json:"name"`
			Language struct {
				Code string `json:"code"`
			} `json:"language"`
			Components []component `json:"components"`
		} `json:"template"`
		// Ref comes back with every status.
		Ref string `json:"biz_opaque_callback_data,omitempty"`
	}

	component struct {
		Type       string      `json:"type"`
		SubType    string      `json:"sub_type,omitempty"`
		Index      string      `json:"index,omitempty"`
		Parameters []parameter `json:"parameters"`
	}

	parameter struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
)

// New returns a sender, or an error that names the invalid option.
func New(o Options) (*Sender, error) {
	switch {
	case !wire.IsBase(o.BaseURL):
		return nil, errors.New("meta: BaseURL must be http(s)://host/version")
	case o.PhoneNumberID == "" || o.Token == "":
		return nil, errors.New("meta: PhoneNumberID or Token is missing")
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	return &Sender{Options: o, transport: wire.NewTransport()}, nil
}

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message that is sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	t, ok := s.Templates.For(m)
	if !ok || m.Code == "" {
		return delivery.FaultChannel.Err()
	}
	out := message{Product: string(delivery.WhatsApp), Kind: "individual", To: strings.TrimPrefix(m.To, "+"), Type: "template"}
	out.Template.Name, out.Template.Language.Code = t.ID, t.Language
	body := component{Type: "body"}
	for _, v := range t.Variables {
		body.Parameters = append(body.Parameters, parameter{"text", v.Value})
	}
	// The button of an authentication template has type URL; its parameter is the code.
	button := component{Type: "button", SubType: "url", Index: "0", Parameters: []parameter{{"text", m.Code}}}
	out.Template.Components = []component{body, button}
	out.Ref = delivery.Ref(s.Receipts, m, name)
	text, err := json.Marshal(out)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	answer, failure := s.ask(ctx, http.MethodPost, "/messages", text)
	if failure != nil {
		return failure
	}
	var accepted struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if json.Unmarshal(answer, &accepted) != nil || len(accepted.Messages) == 0 || accepted.Messages[0].ID == "" {
		return delivery.FaultUnreadable.Err()
	}
	delivery.Accepted(ctx, accepted.Messages[0].ID)
	return nil
}

// Check requests the number, which sends nothing and verifies the token. It fails with a
// *delivery.SendError.
func (s *Sender) Check(ctx context.Context) error {
	if _, failure := s.ask(ctx, http.MethodGet, "?fields=id", nil); failure != nil {
		return failure
	}
	return nil
}

// ask makes one request about the number and judges its answer.
func (s *Sender) ask(ctx context.Context, method, path string, content []byte) ([]byte, *delivery.SendError) {
	status, answer, failure := wire.Call(ctx, s.transport, method, s.BaseURL+"/"+s.PhoneNumberID+path,
		map[string]string{"Authorization": "Bearer " + s.Token, "Content-Type": "application/json"}, content)
	if failure != nil {
		return nil, failure
	}
	return answer, judge(status, answer)
}
