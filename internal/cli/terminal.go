package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
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

// terminal reports whether a stream is one.
func (r *run) terminal(stream any) bool {
	if r.Terminal != nil {
		return r.Terminal(stream)
	}
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(file.Fd())
}

// confirm asks whoever is at the terminal, and fails unless the answer is yes.
func (r *run) confirm(ctx context.Context, question string) error {
	fmt.Fprintf(r.Err, "%s Type yes: ", question)
	answer, err := r.readLine(ctx)
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// readLine reads the first line of the input, without its end. The end of ctx ends the
// wait.
func (r *run) readLine(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	came := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(r.In).ReadString('\n')
		if errors.Is(err, io.EOF) && line != "" {
			err = nil
		}
		came <- read{strings.TrimRight(line, "\r\n"), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-came:
		return got.line, got.err
	}
}
