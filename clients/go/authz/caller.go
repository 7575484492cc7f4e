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
	// caller asks the issuer.
	caller struct {
		client *http.Client
		// agent names this process and this Auth, so that the issuer's log tells one
		// follower of the feed from another.
		agent string
	}

	// answer is one of the issuer's.
	answer struct {
		status int
		header http.Header
		body   []byte
	}
)

// newCaller returns a caller by a client, or by one of its own. Neither follows
// redirects.
func newCaller(client *http.Client) *caller {
	c := &http.Client{}
	if client != nil {
		*c = *client
	} else if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = transport.Clone()
		transport.MaxIdleConnsPerHost = maxAsking + 2
		// A request that ran out of time takes its connection with it, which a dead one
		// of HTTP/2 would outlive.
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(true)
		c.Transport = transport
	}
	c.Timeout = 0 // every call has its own
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &caller{client: c, agent: "user-api-authz/1 (" + strings.ToLower(rand.Text()) + ")"}
}

// get asks for a document of at most most bytes. An error of it names neither the token
// nor the secret, which are in headers alone.
func (c *caller) get(ctx context.Context, url string, most int64, set func(*http.Request)) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, errors.New("the address is no URL")
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
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return answer{}, fmt.Errorf("the answer broke off: %w", err)
	}
	if int64(len(body)) > most {
		return answer{}, errors.New("the answer is too long")
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// json asks for a document and reads it.
func (c *caller) json(ctx context.Context, url string, most int64, to any, set func(*http.Request)) (answer, error) {
	a, err := c.get(ctx, url, most, set)
	if err != nil {
		return a, err
	}
	if a.status != http.StatusOK {
		return a, fmt.Errorf("status %d", a.status)
	}
	if err := json.Unmarshal(a.body, to); err != nil {
		return a, errors.New("the answer is not the JSON it should be")
	}
	return a, nil
}

// retryAfter is how long the issuer asks to wait, at most a bound; 0 means not told.
func (a answer) retryAfter(most time.Duration) time.Duration {
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 3600))*time.Second, most)
}

// maxAge is for how long the issuer lets the document be kept.
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

// timedOut reports whether nobody answered in time, which is worth no more words.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
