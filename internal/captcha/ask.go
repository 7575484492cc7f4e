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
	// maxAnswer bounds the body of a response; a real one has about 300 bytes.
	maxAnswer = 64 << 10
)

// errNoAnswer is the only failure to which AllowOnFailure applies.
var errNoAnswer = fmt.Errorf("%w: no response", ErrUnavailable)

// ask sends the request. Its errors contain nothing of the exchange, because the transport's errors
// contain the host and the provider's text may repeat the token.
func (v *Verifier) ask(ctx context.Context, q question) (answer, error) {
	u, err := url.Parse(v.options.URL)
	if err != nil {
		return answer{}, fmt.Errorf("%w: invalid URL", ErrUnavailable)
	}
	if q.query != nil {
		u.RawQuery = q.query.Encode()
	}
	ctx, cancel := context.WithTimeout(ctx, v.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(q.form.Encode()))
	if err != nil {
		return answer{}, fmt.Errorf("%w: invalid URL", ErrUnavailable)
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

// read checks the status first. reCAPTCHA answers a token that is too long with status 400 without
// JSON: that is the token's fault.
func (v *Verifier) read(status int, body []byte) (answer, error) {
	switch {
	case status >= 500:
		return answer{}, errNoAnswer
	case status == http.StatusTooManyRequests:
		// The provider is alive, and a client that sends enough tokens can cause this.
		return answer{}, fmt.Errorf("%w: the provider limits our requests", ErrUnavailable)
	case len(body) > maxAnswer:
		return answer{}, fmt.Errorf("%w: the response is too long", ErrUnavailable)
	}
	a, readable := v.row.read(body)
	switch {
	case readable && (status == http.StatusOK || !a.solved):
		return a, nil
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return answer{}, nil
	}
	return answer{}, fmt.Errorf("%w: status %d without a result", ErrUnavailable, status)
}

// newTransport returns a transport. It is used without an http.Client, because a followed redirect
// would send the secret to another host.
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
