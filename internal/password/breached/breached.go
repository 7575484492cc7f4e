// Package breached checks passwords against a list of breached passwords without revealing them:
// only the first five hexadecimal digits of the SHA-1 leave the process, and the response, hundreds
// of hashes with that prefix, is searched here. It uses the range API of Have I Been Pwned, which
// others serve, too.
//
//	Check  rejects a password that is in the list
//	Try    checks whether the list is available
//
// NIST SP 800-63B-4 section 3.1.1.2 requires that new passwords are compared with such a list.
// Responses are not cached: the cache would reveal from memory what was looked up.
package breached

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/circuit"
	"user-api/internal/password"
)

const (
	// prefixLen is the number of hexadecimal digits sent to the list.
	prefixLen = 5
	// mostCommon is a password that every such list contains.
	mostCommon = "password"
	// logInterval is the minimum interval between log lines about an unavailable list.
	logInterval = 10_000

	detailBreached = "The password is known from a breach of another service. Choose another."
)

// ErrUnavailable reports that the list could not be queried. ErrNotAList reports that it responds
// but lacks a password that every such list contains.
var (
	ErrUnavailable = errors.New("breached: the list of breached passwords is unavailable")
	ErrNotAList    = errors.New("breached: the list lacks the most common password")
)

type (
	// Options configure a Checker.
	Options struct {
		// URL is the address of the list; the prefix is appended as a path.
		URL string
		// Timeout bounds a request.
		Timeout time.Duration
		// Allow accepts every password while the list is unavailable.
		Allow bool
		Now   func() time.Time
	}

	// Checker queries one list. It is safe for concurrent use.
	Checker struct {
		options   Options
		transport http.RoundTripper
		breaker   breaker
		log       *logx.LessLogger
	}
)

// New returns a Checker.
func New(o Options) *Checker {
	o.URL = strings.TrimSuffix(o.URL, "/")
	return &Checker{options: o, transport: newTransport(), breaker: breaker{circuit: circuit.Circuit{Failures: failures}}, log: logx.NewLessLogger(logInterval)}
}

// Check fails with apperr.WeakPassword for a password in the list. While the list is unavailable it
// fails with apperr.Unavailable, unless Allow is set.
func (c *Checker) Check(ctx context.Context, text string) error {
	known, err := c.known(ctx, text)
	var wait *waitError
	switch {
	case known:
		asked.Inc("breached")
		return apperr.New(apperr.WeakPassword).WithDetail(detailBreached)
	case err == nil:
		asked.Inc("clean")
		return nil
	case ctx.Err() != nil:
		// A canceled request does not benefit from Allow.
		return apperr.Down(ctx.Err())
	}
	outcome, retry := "failed", time.Second
	if errors.As(err, &wait) {
		retry = max(retry, wait.left)
		if wait.shut {
			outcome = "shut"
		}
	}
	asked.Inc(outcome)
	c.log.Errorf("%v", err)
	if c.options.Allow {
		return nil
	}
	return apperr.New(apperr.Unavailable).WithRetryAfter(retry).Wrap(err)
}

// Try looks up a password that is in every list, regardless of the circuit breaker. It fails with
// ErrUnavailable or ErrNotAList.
func (c *Checker) Try(ctx context.Context) error {
	prefix, suffix := digest(mostCommon)
	known, err := c.ask(ctx, prefix, suffix)
	if err == nil && !known {
		err = ErrNotAList
	}
	return err
}

// known reports whether a password is in the list, unless the circuit breaker is open.
func (c *Checker) known(ctx context.Context, text string) (bool, error) {
	if left := c.breaker.admit(c.options.Now()); left > 0 {
		return false, &waitError{left: left, shut: true}
	}
	prefix, suffix := digest(password.Normalize(text))
	known, err := c.ask(ctx, prefix, suffix)
	if err != nil && ctx.Err() != nil {
		c.breaker.cancel() // says nothing about the list
		return false, err
	}
	var wait *waitError
	left := time.Duration(0)
	if errors.As(err, &wait) {
		left = wait.left
	}
	c.breaker.after(err != nil, left, c.options.Now())
	return known, err
}

// digest returns the SHA-1 of a text, split into the prefix that is sent and the rest.
func digest(text string) (prefix, suffix string) {
	sum := sha1.Sum([]byte(text))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	return digits[:prefixLen], digits[prefixLen:]
}

// waitError is ErrUnavailable for a list that must not be queried for a while, because it said so
// or the circuit breaker is open.
type waitError struct {
	left time.Duration
	shut bool
}

func (e *waitError) Error() string {
	if e.shut {
		return fmt.Sprintf("%v: the circuit breaker is open", ErrUnavailable)
	}
	return fmt.Sprintf("%v: the list limits our requests", ErrUnavailable)
}

func (e *waitError) Unwrap() error { return ErrUnavailable }
