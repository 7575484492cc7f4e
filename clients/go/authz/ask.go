package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	checkPath = "/user/check"

	askTimeout = 2 * time.Second
	// askedFor is how long an answer is reused. It may already be 5 seconds old, from a node
	// that has lost its stores, so it must not be reused for long.
	askedFor = 100 * time.Millisecond
	// askAgain is how long no requests are sent after one got no response, so that not every
	// request waits for a service that hangs.
	askAgain = time.Second
	// maxAsking is the maximum number of concurrent requests.
	maxAsking  = 64
	maxAnswers = 4096
)

type (
	// asker asks the issuer about sessions while the feed is late.
	asker struct {
		ctx     context.Context // of Auth; ends at Close
		caller  *caller
		url     string
		now     func() time.Time
		slots   chan struct{}
		running sync.WaitGroup

		mu      sync.Mutex
		closed  bool
		answers map[digest]*asked
		down    time.Time // no requests until then
	}

	// asked is a request and, once done, its answer.
	asked struct {
		done chan struct{}
		role string
		err  error
		at   time.Time // when it was asked
	}
)

func newAsker(ctx context.Context, c *caller, issuer string, now func() time.Time) *asker {
	return &asker{
		ctx: ctx, caller: c, url: issuer + checkPath, now: now,
		slots: make(chan struct{}, maxAsking), answers: map[digest]*asked{},
	}
}

// role returns the current role of an active session, according to the issuer now or a moment
// ago. Concurrent calls for the same token share a request.
func (a *asker) role(ctx context.Context, raw string, t *token) (string, error) {
	q := a.question(raw, t)
	select {
	case <-q.done:
		return q.role, q.err
	case <-ctx.Done():
		return "", unavailable("the caller did not wait for the issuer")
	}
}

func (a *asker) question(raw string, t *token) *asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if q := a.answers[t.digest]; q != nil && (!q.over() || now.Sub(q.at) < askedFor && now.Sub(q.at) >= 0) {
		return q
	}
	q := &asked{done: make(chan struct{}), at: now}
	if now.Before(a.down) || a.closed {
		q.err = unavailableFor(a.down.Sub(now), "the feed is late and the issuer does not answer")
		close(q.done)
		return q
	}
	a.evict(now)
	a.answers[t.digest] = q
	a.running.Go(func() { a.ask(q, raw, t) })
	return q
}

// close prevents further requests and waits for those in progress.
func (a *asker) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.running.Wait()
}

// over reports whether the answer has arrived.
func (q *asked) over() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

// evict drops outdated answers, and all answers if there are still too many.
func (a *asker) evict(now time.Time) {
	if len(a.answers) < maxAnswers {
		return
	}
	for d, q := range a.answers {
		if q.over() && now.Sub(q.at) >= askedFor {
			delete(a.answers, d)
		}
	}
	if len(a.answers) >= maxAnswers {
		clear(a.answers)
	}
}

// ask takes a slot, sends the request, and publishes the answer.
func (a *asker) ask(q *asked, raw string, t *token) {
	ctx, cancel := context.WithTimeout(a.ctx, askTimeout)
	defer cancel()
	defer close(q.done)
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		q.err = unavailable("too many requests to the issuer")
		return
	}
	q.role, q.err = a.check(ctx, raw, t)
}

// check sends the request. Only 200 and 401 are answers.
func (a *asker) check(ctx context.Context, raw string, t *token) (string, error) {
	answer, err := a.caller.get(ctx, a.url, maxDocument, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+raw) })
	switch {
	case err != nil:
		a.isDown()
		if timedOut(err) {
			return "", unavailable("the feed is late and the issuer does not answer in time")
		}
		return "", unavailable("the feed is late and the issuer does not answer")
	case answer.status == http.StatusUnauthorized:
		return "", refused(answer.body)
	case answer.status != http.StatusOK:
		return "", unavailableFor(answer.retryAfter(longestWait), fmt.Sprintf("the feed is late and the issuer answers %d", answer.status))
	}
	var said struct {
		Active    bool   `json:"active"`
		UserID    int64  `json:"userId"`
		SessionID string `json:"sessionId"`
		Role      string `json:"role"`
	}
	if json.Unmarshal(answer.body, &said) != nil || !said.Active || said.Role == "" ||
		said.UserID != t.principal.UserID || said.SessionID != t.principal.SessionID {
		return "", unavailable("the feed is late and the issuer answers about another session")
	}
	return said.Role, nil
}

func (a *asker) isDown() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = a.now().Add(askAgain)
}

// refused returns why the issuer rejects a token.
func refused(body []byte) error {
	var said struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(body, &said) == nil && said.Code == ErrSessionEnded.Code {
		return ended()
	}
	return invalid("the issuer rejects it")
}
