package authz

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const (
	maxDocument = 1 << 20
	maxPage     = 16 << 20
)

type (
	// caller sends requests to the issuer.
	caller struct {
		client *http.Client
		// agent identifies this process and this Auth, so that followers of the feed can be
		// told apart in the issuer's log.
		agent string
	}

	// answer is a response of the issuer.
	answer struct {
		status int
		header http.Header
		body   []byte
	}
)

// newCaller returns a caller that uses client, or its own client if that is nil. Neither
// follows redirects.
func newCaller(client *http.Client) *caller {
	c := &http.Client{}
	if client != nil {
		*c = *client
	} else if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = transport.Clone()
		transport.MaxIdleConnsPerHost = maxAsking + 2
		// With HTTP/1, a request that times out closes its connection. A dead connection of
		// HTTP/2 would be reused.
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(true)
		c.Transport = transport
	}
	c.Timeout = 0 // every call sets its own
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &caller{client: c, agent: "user-api-authz/1 (" + strings.ToLower(rand.Text()) + ")"}
}

// get requests a document of at most limit bytes. Its errors contain neither the token nor the
// secret, which are only in headers.
func (c *caller) get(ctx context.Context, url string, limit int64, set func(*http.Request)) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, errors.New("the address is not a URL")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.agent)
	if set != nil {
		set(r)
	}
	resp, err := c.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return answer{}, fmt.Errorf("the response was interrupted: %w", err)
	}
	if int64(len(body)) > limit {
		return answer{}, errors.New("the response is too long")
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// json requests a document and decodes it.
func (c *caller) json(ctx context.Context, url string, limit int64, to any, set func(*http.Request)) (answer, error) {
	a, err := c.get(ctx, url, limit, set)
	if err != nil {
		return a, err
	}
	if a.status != http.StatusOK {
		return a, fmt.Errorf("status %d", a.status)
	}
	if err := json.Unmarshal(a.body, to); err != nil {
		return a, errors.New("the response is not the expected JSON")
	}
	return a, nil
}

// retryAfter returns how long the issuer asks to wait, at most a limit; 0 if it does not say.
func (a answer) retryAfter(limit time.Duration) time.Duration {
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 3600))*time.Second, limit)
}

// maxAge returns how long the document may be cached.
func (a answer) maxAge() (time.Duration, bool) {
	for _, directive := range strings.Split(a.header.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
			return time.Duration(min(seconds, 86400)) * time.Second, true
		}
	}
	return 0, false
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// timedOut reports whether err is a timeout.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
