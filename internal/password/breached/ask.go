package breached

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	connectTimeout = 2 * time.Second
	idleTimeout    = 60 * time.Second
	maxConns       = 16
	// maxAnswer bounds a decompressed response; a real one has about 40 KiB.
	maxAnswer = 512 << 10
)

// ask sends the query. Its errors contain nothing of the exchange, because the transport's errors
// contain the URL with the prefix.
func (c *Checker) ask(ctx context.Context, prefix, suffix string) (known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.options.URL+"/"+prefix, nil)
	if err != nil {
		return false, fmt.Errorf("%w: invalid URL", ErrUnavailable)
	}
	// Padding hides from the response's length which prefix it is for.
	req.Header.Set("Add-Padding", "true")
	req.Header.Set("User-Agent", "user-api")
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return false, fmt.Errorf("%w: the connection failed or timed out", ErrUnavailable)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		return false, &waitError{left: retryAfter(resp.Header)}
	case resp.StatusCode != http.StatusOK:
		return false, fmt.Errorf("%w: status %d", ErrUnavailable, resp.StatusCode)
	case unbounded(resp):
		return false, fmt.Errorf("%w: the response has no defined end", ErrUnavailable)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: the response is incomplete", ErrUnavailable)
	case len(body) > maxAnswer:
		return false, fmt.Errorf("%w: the response is too long", ErrUnavailable)
	}
	return search(body, suffix)
}

// search looks up a hash in a response. Each line has the rest of a hash, a colon and the number of
// breaches, 0 for padding. All lines are parsed; a malformed response has no result.
func search(body []byte, suffix string) (known bool, err error) {
	lines := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		digits, count, ok := strings.Cut(line, ":")
		seen, wrong := strconv.ParseUint(count, 10, 63)
		if !ok || wrong != nil || len(digits) != len(suffix) || strings.ContainsFunc(digits, notHex) {
			return false, fmt.Errorf("%w: the response is malformed", ErrUnavailable)
		}
		lines++
		known = known || seen > 0 && strings.EqualFold(digits, suffix)
	}
	if lines == 0 {
		return false, fmt.Errorf("%w: the response is empty", ErrUnavailable)
	}
	return known, nil
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'F') && (r < 'a' || r > 'f')
}

// unbounded reports whether the response ends only with its connection, so that truncation would go
// unnoticed.
func unbounded(r *http.Response) bool {
	return r.ProtoMajor == 1 && r.ContentLength < 0 && !r.Uncompressed && !slices.Contains(r.TransferEncoding, "chunked")
}

// retryAfter returns the Retry-After header in seconds, or 0.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// newTransport returns a transport. It is used without an http.Client, so redirects are not
// followed.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxConns,
		MaxConnsPerHost:        maxConns,
		MaxResponseHeaderBytes: 16 << 10,
		ForceAttemptHTTP2:      true,
	}
}
