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
	// maxAnswer bounds an answer once it is unpacked; a real one has some 40 KiB.
	maxAnswer = 512 << 10
)

// ask puts the question. Its errors hold nothing of the exchange: the transport's name
// the address, of which the first digits of the hash are a part.
func (c *Checker) ask(ctx context.Context, prefix, suffix string) (known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.options.URL+"/"+prefix, nil)
	if err != nil {
		return false, fmt.Errorf("%w: its address cannot be asked", ErrUnknown)
	}
	// With padding the length of the answer does not tell which one it is.
	req.Header.Set("Add-Padding", "true")
	req.Header.Set("User-Agent", "user-api")
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return false, fmt.Errorf("%w: no connection, or none in time", ErrUnknown)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		return false, &waitError{left: retryAfter(resp.Header)}
	case resp.StatusCode != http.StatusOK:
		return false, fmt.Errorf("%w: it answers %d", ErrUnknown, resp.StatusCode)
	case unbounded(resp):
		return false, fmt.Errorf("%w: nothing tells where its answer ends", ErrUnknown)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: its answer breaks off", ErrUnknown)
	case len(body) > maxAnswer:
		return false, fmt.Errorf("%w: its answer is too long", ErrUnknown)
	}
	return search(body, suffix)
}

// search looks for a hash in an answer, a line for each: the rest of its digits, a colon
// and in how many breaches it was seen. 0 is of lines that are padding. All lines are
// read: what is no such answer has no verdict.
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
			return false, fmt.Errorf("%w: its answer is of another kind", ErrUnknown)
		}
		lines++
		known = known || seen > 0 && strings.EqualFold(digits, suffix)
	}
	if lines == 0 {
		return false, fmt.Errorf("%w: its answer is empty", ErrUnknown)
	}
	return known, nil
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'F') && (r < 'a' || r > 'f')
}

// unbounded reports whether an answer ends where its connection does, so that half of it
// could not be told from the whole.
func unbounded(r *http.Response) bool {
	return r.ProtoMajor == 1 && r.ContentLength < 0 && !r.Uncompressed && !slices.Contains(r.TransferEncoding, "chunked")
}

// retryAfter is the wait that an answer asks for, in seconds; 0 where it names none.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// newTransport is used without an http.Client: no redirect is followed.
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
