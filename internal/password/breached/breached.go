// Package breached asks a list of breached passwords whether a password is in it, without
// telling which password it is: the first five hexadecimal digits of its SHA-1 leave the
// process, and of the hundreds of hashes that begin so the answer is searched here. It is
// the range query of Have I Been Pwned, which others serve as well.
//
//	Check  refuses a password that is in the list
//	Try    finds out whether the list can be asked
//
// NIST SP 800-63B-4 section 3.1.1.2 demands that a password that is set be compared with
// such a list. No answer is kept: a cache would tell from memory what was asked.
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
	// prefixLen is how much of a hash is told, in hexadecimal digits.
	prefixLen = 5
	// commonest is a password that every such list has.
	commonest = "password"
	// quietMillis is how often it is logged that the list does not answer.
	quietMillis = 10_000

	detailBreached = "The password is known from a breach of another service. Choose another."
)

// ErrUnknown says that the list could not be asked. ErrUnlike says that it answers, and
// does not have what every list has.
var (
	ErrUnknown = errors.New("breached: the list of breached passwords gives no answer")
	ErrUnlike  = errors.New("breached: the list does not have the commonest password")
)

type (
	// Options configure a Checker.
	Options struct {
		// URL is where the list is; the first digits are appended as a path.
		URL string
		// Timeout bounds one question.
		Timeout time.Duration
		// Allow takes any password while the list cannot be asked.
		Allow bool
		Now   func() time.Time
	}

	// Checker asks one list. It is safe for concurrent use.
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
	return &Checker{options: o, transport: newTransport(), breaker: breaker{circuit: circuit.Circuit{Failures: failures}}, log: logx.NewLessLogger(quietMillis)}
}

// Check fails with apperr.WeakPassword for a password that is in the list. While the list
// cannot be asked it fails with apperr.Unavailable, unless Allow is set.
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
		// Whoever hangs up is not let through by what is meant for a list that fails.
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

// Try asks about a password that is in every list, whatever happened before. Fails with
// ErrUnknown, or with ErrUnlike.
func (c *Checker) Try(ctx context.Context) error {
	prefix, suffix := digest(commonest)
	known, err := c.ask(ctx, prefix, suffix)
	if err == nil && !known {
		err = ErrUnlike
	}
	return err
}

// known reports whether a password is in the list, unless the list is to be left alone.
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

// digest is the SHA-1 of a text in the two parts of which the first is told.
func digest(text string) (prefix, suffix string) {
	sum := sha1.Sum([]byte(text))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	return digits[:prefixLen], digits[prefixLen:]
}

// waitError is ErrUnknown of a list that is not to be asked for a while: it has said so, or
// has failed before.
type waitError struct {
	left time.Duration
	shut bool
}

func (e *waitError) Error() string {
	if e.shut {
		return fmt.Sprintf("%v: it has failed, and is asked again in a while", ErrUnknown)
	}
	return fmt.Sprintf("%v: it is asked too often", ErrUnknown)
}

func (e *waitError) Unwrap() error { return ErrUnknown }
