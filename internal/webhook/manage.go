package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"user-api/model"
)

// TestKind is the type of the event that `webhooks test` sends. It concerns no user, and it
// is neither stored nor retried.
const TestKind = "webhook.test"

// ErrNoEndpoint is returned if no endpoint has the given name.
var ErrNoEndpoint = errors.New("webhook: there is no such endpoint")

// The states of an endpoint.
const (
	StateWell    = "well"
	StateFailing = "failing" // but not paused
	StatePaused  = "paused"  // it gets single attempts at intervals
)

// Status is the state of an endpoint.
type Status struct {
	Endpoint
	State string
	// Pending is the number of undelivered events, Failed of those that were given up.
	Pending, Failed int64
	// Oldest is the age of the oldest pending event.
	Oldest time.Duration
	// Failures is the number of failures in a row, and Result that of the last one.
	Failures int64
	Result   string
	// Succeeded is when an event was last delivered; the zero time means never.
	Succeeded time.Time
}

// List returns the status of the configured endpoints, in order.
func (w *Webhooks) List(ctx context.Context) ([]Status, error) {
	var all []Status
	for _, e := range w.Endpoints {
		state, err := w.States.State(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		totals, err := w.Rows.Totals(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		s := Status{
			Endpoint: e, State: StateWell, Pending: totals.Pending, Failed: totals.Failed, Oldest: time.Duration(totals.Oldest) * time.Millisecond,
			Failures: state.Failures,
		}
		if state.Failures > 0 {
			s.State, s.Result = StateFailing, state.Result
		}
		if state.Paused > 0 {
			s.State = StatePaused
		}
		if state.Succeeded > 0 {
			s.Succeeded = time.UnixMilli(state.Succeeded)
		}
		all = append(all, s)
	}
	return all, nil
}

// Replay schedules events for another delivery under their old ids: those that were given
// up and, on request, those that were delivered. It returns their number.
func (w *Webhooks) Replay(ctx context.Context, r model.Replay) (int64, error) {
	if _, err := w.sender(r.Endpoint); err != nil {
		return 0, err
	}
	return w.Rows.Replay(ctx, r)
}

// Test sends an event of the type webhook.test immediately, without storing it. It returns
// the result, a status or a word such as timeout, and whether the event was accepted.
func (w *Webhooks) Test(ctx context.Context, name string) (result string, taken bool, err error) {
	l, err := w.sender(name)
	if err != nil {
		return "", false, err
	}
	now := w.Now()
	body, err := encode(TestKind, now, Data{})
	if err != nil {
		return "", false, err
	}
	a := post(ctx, l.transport, l.Endpoint, idPrefix+w.Outbox.ids.Next(now), now, body)
	return a.result, a.ok(), nil
}

// Check connects to an endpoint, with TLS if it is https, and sends nothing.
func Check(ctx context.Context, e Endpoint) error {
	u, err := url.Parse(e.URL)
	if err != nil {
		return errors.New("webhook: no URL")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	transport := newTransport(e)
	conn, err := transport.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("webhook: %s: %w", failure(err), err)
	}
	defer conn.Close()
	if u.Scheme != "https" {
		return nil
	}
	conf := transport.TLSClientConfig.Clone()
	conf.ServerName = u.Hostname()
	if err := tls.Client(conn, conf).HandshakeContext(ctx); err != nil {
		return fmt.Errorf("webhook: %s: %w", failure(err), err)
	}
	return nil
}

func (w *Webhooks) sender(name string) (*sender, error) {
	for _, l := range w.senders {
		if l.Name == name {
			return l, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoEndpoint, name)
}
