package captcha

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds the body read of an answer; a real one has some 300 bytes.
const maxAnswer = 64 << 10

// errNoAnswer is the one failure that AllowOnFailure is about.
var errNoAnswer = fmt.Errorf("%w: it does not answer", ErrUnavailable)

// reply is what the three providers have in common. What else they tell, such as
// the time of the solution, is theirs to judge.
type reply struct {
	Success    bool     `json:"success"`
	Hostname   string   `json:"hostname"`
	Score      *float64 `json:"score"`
	ErrorCodes []string `json:"error-codes"`
}

// ask puts the question. Its errors hold nothing of the exchange: an *url.Error
// would name the URL, and the provider's text may repeat the token.
func (v *Verifier) ask(ctx context.Context, form url.Values) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url, strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, fmt.Errorf("%w: its URL cannot be asked", ErrUnavailable)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.client.Do(req)
	if err != nil {
		return reply{}, errNoAnswer
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return reply{}, errNoAnswer
	}
	return read(resp.StatusCode, body)
}

// read judges an answer by its status first. reCAPTCHA meets a token it finds
// too long with a 400 without JSON: that is the token's fault.
func read(status int, body []byte) (reply, error) {
	if status >= 500 || status == http.StatusTooManyRequests {
		return reply{}, errNoAnswer
	}
	var r reply
	readable := json.Unmarshal(body, &r) == nil && (r.Success || len(r.ErrorCodes) > 0)
	switch {
	case readable && (status == http.StatusOK || !r.Success):
		return r, nil
	case status == http.StatusOK && json.Valid(body),
		status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return reply{}, nil
	}
	return reply{}, fmt.Errorf("%w: it answers %d, and no verdict", ErrUnavailable, status)
}

func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		// A followed redirect would carry the secret to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout: connectTimeout,
			IdleConnTimeout:     idleTimeout,
			MaxIdleConns:        idleConns,
			MaxIdleConnsPerHost: idleConns,
			ForceAttemptHTTP2:   true,
		},
	}
}
