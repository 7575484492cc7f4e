// Package msg91 sends text messages through MSG91's Flow API, version 5. It sends templates that
// are registered with MSG91 and, for India, with the operators' registry (DLT).
//
// The API has no idempotency key: a message that may have been accepted is not sent again.
package msg91

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

const name = "msg91"

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		AuthKey string
		// BaseURL is scheme and host of the API.
		BaseURL string
		// Templates are the registered texts; their ID is MSG91's.
		Templates delivery.Templates
		// Receipts makes the references that come back with the reports; it is optional.
		Receipts delivery.Receipts
	}

	// Sender sends through the API. It is safe for concurrent use.
	Sender struct {
		Options
		transport http.RoundTripper
	}
)

// New returns a sender, or an error that names the invalid option.
func New(o Options) (*Sender, error) {
	switch {
	case !wire.IsBase(o.BaseURL):
		return nil, errors.New("msg91: BaseURL must be http(s)://host")
	case o.AuthKey == "":
		return nil, errors.New("msg91: AuthKey is missing")
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
	if !ok {
		return delivery.FaultChannel.Err()
	}
	recipient := map[string]string{"mobiles": strings.TrimPrefix(m.To, "+")}
	for _, v := range t.Variables {
		recipient[v.Name] = v.Value
	}
	request := map[string]any{"template_id": t.ID, "short_url": "0", "recipients": []map[string]string{recipient}}
	// The template determines its sender, entity and DLT id; a header of the row overrides the
	// template's own.
	if t.Header != "" {
		request["sender"] = t.Header
	}
	if ref := delivery.Ref(s.Receipts, m, name); ref != "" {
		request["clientId"] = ref
	}
	body, err := json.Marshal(request)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	status, answer, failure := s.call(ctx, http.MethodPost, "/api/v5/flow", body)
	if failure == nil {
		failure = judge(status, answer)
	}
	if failure != nil {
		return failure
	}
	delivery.Accepted(ctx, requestOf(answer))
	return nil
}

// Check requests the balance, which sends nothing and verifies the key. It fails with a
// *delivery.SendError.
func (s *Sender) Check(ctx context.Context) error {
	status, answer, failure := s.call(ctx, http.MethodGet, "/api/balance.php?type=4", nil)
	if failure != nil {
		return failure
	}
	// The body is the bare balance; an error is JSON as usual.
	var balance json.Number
	if status/100 == 2 && json.Unmarshal(answer, &balance) == nil {
		return nil
	}
	if failure := judge(status, answer); failure != nil {
		return failure
	}
	return nil
}

func (s *Sender) call(ctx context.Context, method, path string, body []byte) (int, []byte, *delivery.SendError) {
	return wire.Call(ctx, s.transport, method, s.BaseURL+path,
		map[string]string{"authkey": s.AuthKey, "Accept": "application/json", "Content-Type": "application/json"}, body)
}
