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

// ErrNoEndpoint is returned for a name that no endpoint has.
var ErrNoEndpoint = errors.New("webhook: there is no such endpoint")

// What an endpoint is doing.
const (
	StateWell    = "well"
	StateFailing = "failing" // and is still sent to
	StatePaused  = "paused"  // it gets one try now and then
)

// Status is how an endpoint does.
type Status struct {
	Endpoint
	State string
	// Pending is what it has not been told of yet, Failed what was given up.
	Pending, Failed int64
	// Oldest is how long ago the oldest pending event happened.
	Oldest time.Duration
	// Failures is how many there were in a row, and Result what the last one was.
	Failures int64
	Result   string
	// Succeeded is when it was last seen to take an event; the zero time is never.
	Succeeded time.Time
}

// List tells how the configured endpoints do, in their order.
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

// Replay has what was given up sent once more, and what was delivered as well if that is
// asked for, under the ids it had. It returns how many that are.
func (w *Webhooks) Replay(ctx context.Context, r model.Replay) (int64, error) {
	if _, err := w.line(r.Endpoint); err != nil {
		return 0, err
	}
	return w.Rows.Replay(ctx, r)
}

// Test sends an event of the type webhook.test now, which is not kept, and returns what
// came of it: a status, or a word such as timeout, and whether it was taken.
func (w *Webhooks) Test(ctx context.Context, name string) (result string, taken bool, err error) {
	l, err := w.line(name)
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

// Check connects to an endpoint, by TLS where it is https, and sends nothing.
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

func (w *Webhooks) line(name string) (*line, error) {
	for _, l := range w.lines {
		if l.Name == name {
			return l, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoEndpoint, name)
}
