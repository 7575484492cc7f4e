package cli

import (
	"fmt"
	"io"
	"time"
)

const (
	// redrawInterval is the minimum time between updates.
	redrawInterval = 100 * time.Millisecond
	// eraseLine moves the cursor to the start of the line and clears it (ECMA-48).
	eraseLine = "\r\x1b[K"
)

// progress shows the progress of long work on a terminal, in one line that is overwritten.
// Elsewhere it shows nothing, so that files contain no partial lines.
type progress struct {
	out  io.Writer // nil if disabled
	now  func() time.Time
	what string
	last time.Time
}

// progress starts to show progress. done must be called before anything else is printed.
func (r *run) progress(what string) *progress {
	p := &progress{now: r.Now, what: what}
	if r.terminal(r.Err) {
		p.out = r.Err
	}
	return p
}

// at shows how many items are done, of total if that is positive.
func (p *progress) at(done, total int) {
	now := p.now()
	if p.out == nil || now.Sub(p.last) < redrawInterval {
		return
	}
	p.last = now
	if total > 0 {
		fmt.Fprintf(p.out, "%s%s: %d of %d (%d %%)", eraseLine, p.what, done, total, 100*done/total)
		return
	}
	fmt.Fprintf(p.out, "%s%s: %d", eraseLine, p.what, done)
}

// done removes the line.
func (p *progress) done() {
	if p.out != nil && !p.last.IsZero() {
		fmt.Fprint(p.out, eraseLine)
	}
}
