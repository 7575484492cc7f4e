package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"user-api/internal/address"
	"user-api/internal/batch"
	"user-api/model"
)

// idPrefix is the prefix of event ids.
const idPrefix = "evt_"

var _ model.Outbox = (*Outbox)(nil)

type (
	// Outbox creates the rows that the models write together with a change. It is safe for
	// concurrent use.
	Outbox struct {
		endpoints []Endpoint
		now       func() time.Time
		ids       *batch.IDs
		// woken has a value for each endpoint for which rows may have been written.
		woken map[string]chan struct{}
	}

	// Payload is the body of a request.
	Payload struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      Data   `json:"data"`
	}

	// Data is what happened. Fields that do not apply are omitted.
	Data struct {
		UserID    int64    `json:"userId,omitempty"`
		SessionID string   `json:"sessionId,omitempty"`
		Reason    string   `json:"reason,omitempty"`
		Role      string   `json:"role,omitempty"`
		Until     int64    `json:"until,omitempty"` // Unix seconds
		Changed   []string `json:"changed,omitempty"`
		Phone     string   `json:"phone,omitempty"`
		Email     string   `json:"email,omitempty"`
		Replaces  bool     `json:"replaces,omitempty"`
	}
)

// NewOutbox returns the outbox of the endpoints. Without endpoints it wants nothing.
func NewOutbox(endpoints []Endpoint, now func() time.Time, rand io.Reader) (*Outbox, error) {
	ids, err := batch.NewIDs(rand)
	if err != nil {
		return nil, err
	}
	o := &Outbox{endpoints: endpoints, now: now, ids: ids, woken: map[string]chan struct{}{}}
	for _, e := range endpoints {
		o.woken[e.Name] = make(chan struct{}, 1)
	}
	return o, nil
}

// Wants implements model.Outbox.
func (o *Outbox) Wants(kind string) bool {
	return slices.ContainsFunc(o.endpoints, func(e Endpoint) bool { return e.wants(kind) })
}

// Rows implements model.Outbox.
func (o *Outbox) Rows(what ...model.OutboxEvent) ([]*model.Webhook, error) {
	var rows []*model.Webhook
	for _, h := range what {
		if !o.Wants(h.Kind) {
			continue
		}
		now := o.now()
		id := idPrefix + o.ids.Next(now)
		for _, e := range o.endpoints {
			if !e.wants(h.Kind) {
				continue
			}
			body, err := encode(h.Kind, now, dataOf(h, e.Clear))
			if err != nil {
				return nil, err
			}
			rows = append(rows, &model.Webhook{
				Event: id, Endpoint: e.Name, UserId: h.UserID, SessionId: h.SessionID, Type: h.Kind, Body: string(body),
			})
		}
	}
	return rows, nil
}

// Written implements model.Outbox.
func (o *Outbox) Written() {
	for _, woken := range o.woken {
		ping(woken)
	}
}

// ping puts a value into a channel unless it already has one.
func ping(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func dataOf(h model.OutboxEvent, inClear bool) Data {
	return Data{
		UserID: h.UserID, SessionID: h.SessionID, Reason: h.Reason, Role: h.Role, Until: h.Until / 1000, Changed: h.Changed, Replaces: h.Replaces,
		Phone: addressText(address.KindPhone, h.Phone, inClear), Email: addressText(address.KindEmail, h.Email, inClear),
	}
}

func addressText(kind address.Kind, text string, inClear bool) string {
	if text == "" || inClear {
		return text
	}
	return address.Stored(kind, text).Masked()
}

func encode(kind string, at time.Time, data Data) ([]byte, error) {
	body, err := json.Marshal(Payload{Type: kind, Timestamp: at.UTC().Format("2006-01-02T15:04:05.000Z"), Data: data})
	if err != nil {
		return nil, fmt.Errorf("webhook: payload: %w", err)
	}
	return body, nil
}
