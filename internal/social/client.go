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
	// atOnce bounds the requests to a provider that are under way: one that hangs holds so
	// many of ours, and no more.
	atOnce = 32
	// maxAnswer bounds the body of an answer. A JWKS has some kilobytes.
	maxAnswer = 256 << 10
)

// client asks one provider over HTTP. It follows no redirect, goes to no address that is
// not public, and uses no proxy of the environment: the address that is looked at would be
// the proxy's.
type client struct {
	Setup
	name      string
	transport http.RoundTripper
	places    chan struct{}
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
		Setup: s, name: o.Name, private: o.AllowPrivate, places: make(chan struct{}, atOnce),
		transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    connectTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			IdleConnTimeout:        idleTimeout,
			MaxIdleConnsPerHost:    atOnce,
			MaxResponseHeaderBytes: maxAnswer,
			ForceAttemptHTTP2:      true,
		},
	}
}

// get asks for a document.
func (c *client) get(ctx context.Context, address string, headers http.Header) (status int, body []byte, err error) {
	return c.send(ctx, http.MethodGet, address, headers, "", "")
}

// post sends a form.
func (c *client) post(ctx context.Context, address string, headers http.Header, form url.Values) (status int, body []byte, err error) {
	return c.send(ctx, http.MethodPost, address, headers, "application/x-www-form-urlencoded", form.Encode())
}

// send makes one request. An answer of which the client may be the cause is returned; its
// errors are ErrUnavailable.
func (c *client) send(ctx context.Context, method, address string, headers http.Header, contentType, content string) (int, []byte, error) {
	if !c.mayAsk(address) {
		return 0, nil, unavailable("its address is not https")
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	default:
		requests.Inc(c.name, "busy")
		return 0, nil, unavailable("too many requests are under way")
	}
	probe, ok := c.enter()
	if !ok {
		requests.Inc(c.name, "open")
		return 0, nil, unavailable("it is left alone for a while")
	}
	status, body, why := c.exchange(ctx, method, address, headers, contentType, content)
	if why != "" && ctx.Err() != nil {
		// The client has gone, or its time is up: of the provider that tells nothing.
		return 0, nil, unavailable("nobody waits any more")
	}
	c.leave(ctx, probe, why)
	switch {
	case why != "":
		requests.Inc(c.name, "failed")
		return 0, nil, unavailable(why)
	case status == http.StatusTooManyRequests:
		// It does answer, and whoever sends enough codes can bring this about.
		requests.Inc(c.name, "limited")
		return 0, nil, unavailable("it is asked too often")
	}
	requests.Inc(c.name, "answered")
	return status, body, nil
}

// exchange is one request and its answer; why says what has failed.
func (c *client) exchange(ctx context.Context, method, address string, headers http.Header, contentType, content string) (status int, body []byte, why string) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(content))
	if err != nil {
		return 0, nil, "its address cannot be asked"
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
		return 0, nil, "it does not answer"
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, "its answer breaks off"
	case resp.StatusCode >= 500:
		return 0, nil, "it reports a failure of its own"
	case len(body) > maxAnswer:
		return 0, nil, "its answer is too long"
	}
	return resp.StatusCode, body, ""
}

// mayAsk reports whether an address may be asked, which a provider may have named itself.
func (c *client) mayAsk(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && c.private)
}

// enter reports whether the provider is asked now, and whether that is a probe.
func (c *client) enter() (probe, ok bool) {
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

// leave learns from the end of a request.
func (c *client) leave(ctx context.Context, probe bool, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.circuit
	c.circuit = before.After(why != "", probe, c.Now())
	switch {
	case before.Open == c.circuit.Open:
	case c.circuit.Open:
		circuits.Set(circuit.StateOpen, c.name)
		logx.WithContext(ctx).Errorw("social: the provider is left alone for a while", logx.Field("provider", c.name), logx.Field("reason", why))
	default:
		circuits.Set(circuit.StateClosed, c.name)
	}
}
