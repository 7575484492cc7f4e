package social

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/circuit"
	"user-api/internal/publicnet"
)

const (
	connectTimeout = 2 * time.Second
	idleTimeout    = 20 * time.Second
	// maxConcurrent bounds the concurrent requests to a provider, and so the goroutines that a
	// hanging provider can block.
	maxConcurrent = 32
	// maxAnswer bounds the body of a response. A JWKS has a few kilobytes.
	maxAnswer = 256 << 10
)

// client sends HTTP requests to one provider. It follows no redirects, connects only to public
// addresses, and ignores proxies from the environment, because the address check would see only the
// proxy.
type client struct {
	Setup
	name      string
	transport http.RoundTripper
	slots     chan struct{}
	private   bool

	mu      sync.Mutex
	circuit circuit.Circuit
}

func newClient(o Options, s Setup) *client {
	dialer := &net.Dialer{Timeout: connectTimeout}
	if !o.AllowPrivate {
		dialer.Control = publicnet.Control
	}
	circuits.Set(circuit.StateClosed, o.Name)
	return &client{
		Setup: s, name: o.Name, private: o.AllowPrivate, slots: make(chan struct{}, maxConcurrent),
		transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    connectTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			IdleConnTimeout:        idleTimeout,
			MaxIdleConnsPerHost:    maxConcurrent,
			MaxResponseHeaderBytes: maxAnswer,
			ForceAttemptHTTP2:      true,
		},
	}
}

// get fetches a document.
func (c *client) get(ctx context.Context, address string, headers http.Header) (status int, body []byte, err error) {
	return c.send(ctx, http.MethodGet, address, headers, "", "")
}

// post sends a form.
func (c *client) post(ctx context.Context, address string, headers http.Header, form url.Values) (status int, body []byte, err error) {
	return c.send(ctx, http.MethodPost, address, headers, "application/x-www-form-urlencoded", form.Encode())
}

// send makes one request. It returns responses that may be caused by the client; its errors are
// ErrUnavailable.
func (c *client) send(ctx context.Context, method, address string, headers http.Header, contentType, content string) (int, []byte, error) {
	if !c.allowed(address) {
		return 0, nil, unavailable("the URL is not https")
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		requests.Inc(c.name, "busy")
		return 0, nil, unavailable("too many concurrent requests")
	}
	probe, ok := c.admit()
	if !ok {
		requests.Inc(c.name, "open")
		return 0, nil, unavailable("the circuit breaker is open")
	}
	status, body, why := c.exchange(ctx, method, address, headers, contentType, content)
	if why != "" && ctx.Err() != nil {
		// The client is gone or its time is up, which says nothing about the provider.
		return 0, nil, unavailable("the request was canceled")
	}
	c.settle(ctx, probe, why)
	switch {
	case why != "":
		requests.Inc(c.name, "failed")
		return 0, nil, unavailable(why)
	case status == http.StatusTooManyRequests:
		// The provider is alive, and a client that sends enough codes can cause this.
		requests.Inc(c.name, "limited")
		return 0, nil, unavailable("the provider limits the rate of our requests")
	}
	requests.Inc(c.name, "answered")
	return status, body, nil
}

// exchange sends one request and returns the response, or why it failed.
func (c *client) exchange(ctx context.Context, method, address string, headers http.Header, contentType, content string) (status int, body []byte, why string) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(content))
	if err != nil {
		return 0, nil, "the URL is invalid"
	}
	for name, values := range headers {
		r.Header[name] = values
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "user-api")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return 0, nil, "the connection failed"
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, "the response is incomplete"
	case resp.StatusCode >= 500:
		return 0, nil, "the provider reports an internal error"
	case len(body) > maxAnswer:
		return 0, nil, "the response is too long"
	}
	return resp.StatusCode, body, ""
}

// allowed reports whether a URL may be requested. It may come from the provider's metadata.
func (c *client) allowed(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && c.private)
}

// admit reports whether the circuit breaker lets a request pass, and whether it is a probe.
func (c *client) admit() (probe, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, turn := c.circuit.Admit(c.Now(), false)
	c.circuit = next
	return turn == circuit.Probe, turn != circuit.Reject
}

func (c *client) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.circuit.Open
}

// settle records the result of a request in the circuit breaker.
func (c *client) settle(ctx context.Context, probe bool, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.circuit
	c.circuit = before.After(why != "", probe, c.Now())
	switch {
	case before.Open == c.circuit.Open:
	case c.circuit.Open:
		circuits.Set(circuit.StateOpen, c.name)
		logx.WithContext(ctx).Errorw("social: circuit breaker opened", logx.Field("provider", c.name), logx.Field("reason", why))
	default:
		circuits.Set(circuit.StateClosed, c.name)
	}
}
