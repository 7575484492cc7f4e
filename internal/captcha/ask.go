package captcha

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	connectTimeout = 2 * time.Second
	idleTimeout    = 20 * time.Second
	idleConns      = 16
	// maxAnswer bounds the body of an answer; a real one has some 300 bytes.
	maxAnswer = 64 << 10
)

// errNoAnswer is the one failure that AllowOnFailure is about.
var errNoAnswer = fmt.Errorf("%w: it does not answer", ErrUnavailable)

// ask puts the question. Its errors hold nothing of the exchange: the transport's
// name hosts, and the provider's text may repeat the token.
func (v *Verifier) ask(ctx context.Context, q question) (answer, error) {
	u, err := url.Parse(v.options.URL)
	if err != nil {
		return answer{}, fmt.Errorf("%w: its URL cannot be asked", ErrUnavailable)
	}
	if q.query != nil {
		u.RawQuery = q.query.Encode()
	}
	ctx, cancel := context.WithTimeout(ctx, v.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(q.form.Encode()))
	if err != nil {
		return answer{}, fmt.Errorf("%w: its URL cannot be asked", ErrUnavailable)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return answer{}, errNoAnswer
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, errNoAnswer
	}
	return v.read(resp.StatusCode, body)
}

// read judges an answer by its status first. reCAPTCHA meets a token it finds
// too long with a 400 without JSON: that is the token's fault.
func (v *Verifier) read(status int, body []byte) (answer, error) {
	switch {
	case status >= 500:
		return answer{}, errNoAnswer
	case status == http.StatusTooManyRequests:
		// It does answer, and whoever sends enough tokens can bring this about.
		return answer{}, fmt.Errorf("%w: it is asked too often", ErrUnavailable)
	case len(body) > maxAnswer:
		return answer{}, fmt.Errorf("%w: its answer is too long", ErrUnavailable)
	}
	a, readable := v.row.read(body)
	switch {
	case readable && (status == http.StatusOK || !a.solved):
		return a, nil
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return answer{}, nil
	}
	return answer{}, fmt.Errorf("%w: it answers %d, and no verdict", ErrUnavailable, status)
}

// newTransport is used without an http.Client: a followed redirect would carry the
// secret to another host.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		IdleConnTimeout:     idleTimeout,
		MaxIdleConns:        idleConns,
		MaxIdleConnsPerHost: idleConns,
		ForceAttemptHTTP2:   true,
	}
}
