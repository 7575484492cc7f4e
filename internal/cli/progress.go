package cli

import (
	"fmt"
	"io"
	"time"
)

const (
	// redrawn is how often progress is written anew at most.
	redrawn = 100 * time.Millisecond
	// eraseLine takes the cursor to the begin of the line and empties it (ECMA-48).
	eraseLine = "\r\x1b[K"
)

// progress shows on a terminal how far long work is: one line that is written over.
// Elsewhere it shows nothing, so that a file has no half lines in it.
type progress struct {
	out  io.Writer // nil shows nothing
	now  func() time.Time
	what string
	last time.Time
}

// progress begins to show how far something is. done must be called before anything
// else is printed.
func (r *run) progress(what string) *progress {
	p := &progress{now: r.Now, what: what}
	if r.terminal(r.Err) {
		p.out = r.Err
	}
	return p
}

// at shows how many are done, of a total where that is more than 0.
func (p *progress) at(done, total int) {
	now := p.now()
	if p.out == nil || now.Sub(p.last) < redrawn {
		return
	}
	p.last = now
	if total > 0 {
		fmt.Fprintf(p.out, "%s%s: %d of %d (%d %%)", eraseLine, p.what, done, total, 100*done/total)
		return
	}
	fmt.Fprintf(p.out, "%s%s: %d", eraseLine, p.what, done)
}

// done takes the line away.
func (p *progress) done() {
	if p.out != nil && !p.last.IsZero() {
		fmt.Fprint(p.out, eraseLine)
	}
}
