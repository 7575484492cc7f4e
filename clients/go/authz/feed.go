package authz

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	feedPath = "/service/revocations"

	// holdSeconds is how long, in seconds, the issuer may hold an answer until there is news.
	holdSeconds = 2
	// pollTimeout leaves some time for a slow answer beyond that.
	pollTimeout = (holdSeconds + 3) * time.Second
	// minPause is the minimum time between two requests when there is much news.
	minPause = 20 * time.Millisecond

	firstPause, longestPause = 250 * time.Millisecond, 3 * time.Second
	// longestWait is the longest Retry-After that is respected.
	longestWait = 30 * time.Second
)

// The kinds of entries that matter here; others are ignored. All but the last two are defined
// by CAEP and RISC.
const (
	kindSessionRevoked = "session-revoked"
	kindClaimsChange   = "token-claims-change"
	kindDisabled       = "account-disabled"
	kindEnabled        = "account-enabled"
	kindPurged         = "account-purged"
	kindKeyRevoked     = "key-revoked"
	kindKeysChanged    = "keys-changed"
)

type (
	// follower reads the feed, one request at a time.
	follower struct {
		caller     *caller
		issuer     string
		id, secret string
		now        func() time.Time
		logger     *slog.Logger
		jitter     func() float64 // 0 to 1
		memory     *memory
		keys       *keyring

		cursor string
		failed bool
	}

	// page is a response of the feed.
	page struct {
		Events []event `json:"events"`
		Next   string  `json:"next"`
		More   bool    `json:"more"`
		Reset  bool    `json:"reset"`
		Age    int64   `json:"age"`    // ms
		Waited int64   `json:"waited"` // ms
		Keep   int64   `json:"keep"`   // s
	}

	event struct {
		ID        string `json:"id"`
		Kind      string `json:"kind"`
		UserID    int64  `json:"userId"`
		SessionID string `json:"sessionId"`
		Role      string `json:"role"`
		KeyID     string `json:"keyId"`
	}
)

func (f *follower) run(ctx context.Context) {
	pause := firstPause
	hold := 0 // do not wait for the first answer and for further pages
	for ctx.Err() == nil {
		began := time.Now()
		more, wait, err := f.poll(ctx, hold)
		if ctx.Err() != nil {
			return
		}
		f.log(err)
		switch {
		case err != nil:
			// Between half of the pause and all of it, so that followers do not retry in
			// step.
			sleep(ctx, max(wait, pause/2+time.Duration(f.jitter()*float64(pause/2))))
			pause = min(2*pause, longestPause)
			hold = 0
			continue
		case more:
			hold = 0
		default:
			hold = holdSeconds
			sleep(ctx, minPause-time.Since(began))
		}
		pause = firstPause
	}
}

// poll sends one request. wait is how long the issuer asks to wait after an error.
func (f *follower) poll(ctx context.Context, hold int) (more bool, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	query := url.Values{"wait": {strconv.Itoa(hold)}}
	if f.cursor != "" {
		query.Set("after", f.cursor)
	}
	sent := f.now()
	var p page
	a, err := f.caller.json(ctx, f.issuer+feedPath+"?"+query.Encode(), maxPage, &p, func(r *http.Request) {
		r.SetBasicAuth(url.QueryEscape(f.id), url.QueryEscape(f.secret)) // RFC 6749 section 2.3.1
	})
	if err == nil {
		err = p.check()
	}
	if err != nil {
		if a.status == http.StatusBadRequest {
			f.cursor = "" // the issuer no longer accepts it
		}
		return false, a.retryAfter(longestWait), err
	}
	f.cursor = p.Next
	if keys := f.memory.page(&p, sent); keys {
		f.keys.refresh(true)
	}
	return p.More, 0, nil
}

func (p *page) check() error {
	if p.Next == "" || p.Age < 0 || p.Waited < 0 || p.Keep <= 0 {
		return errors.New("the response is not a page of the feed")
	}
	return nil
}

// log logs once when the feed becomes unreadable and once when it is readable again.
func (f *follower) log(err error) {
	if failed := err != nil; failed == f.failed {
		return
	}
	f.failed = err != nil
	if err != nil {
		f.logger.Warn("authz: the revocation feed cannot be read", "issuer", f.issuer, "err", fmt.Sprint(err))
	} else {
		f.logger.Info("authz: the revocation feed can be read again", "issuer", f.issuer)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
