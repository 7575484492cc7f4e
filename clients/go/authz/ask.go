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
	// askedFor is for how long an answer holds. It may itself be of 5 seconds ago, from a
	// node that has lost its stores, so that it must hold for next to no time.
	askedFor = 100 * time.Millisecond
	// askAgain is for how long nobody is asked after there was no answer, so that a
	// service that hangs is not waited for by every request.
	askAgain = time.Second
	// maxAsking is how many tokens are asked about at once.
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
		down    time.Time // until when nobody is asked
	}

	// asked is a question and, once done, its answer.
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

// role returns the role in force of a session that lives, as the issuer answers now or
// did a moment ago. Those who ask about the same token wait for the same answer.
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
	a.makeRoom(now)
	a.answers[t.digest] = q
	a.running.Go(func() { a.ask(q, raw, t) })
	return q
}

// close lets no question begin and waits for those that are under way.
func (a *asker) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.running.Wait()
}

// over reports whether the answer is there.
func (q *asked) over() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

// makeRoom drops answers that no longer hold, and all that are there when there are
// too many.
func (a *asker) makeRoom(now time.Time) {
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

// ask takes a slot, asks, and gives everyone who waits the answer.
func (a *asker) ask(q *asked, raw string, t *token) {
	ctx, cancel := context.WithTimeout(a.ctx, askTimeout)
	defer cancel()
	defer close(q.done)
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		q.err = unavailable("too many tokens are asked about")
		return
	}
	q.role, q.err = a.check(ctx, raw, t)
}

// check asks the issuer. What it answers but 200 and 401 is no answer.
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

// refused passes on why the issuer refuses a token.
func refused(body []byte) error {
	var said struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(body, &said) == nil && said.Code == ErrSessionEnded.Code {
		return ended()
	}
	return invalid("the issuer refuses it")
}
