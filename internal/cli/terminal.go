package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-isatty"
)

// terminal reports whether a stream is a terminal.
func (r *run) terminal(stream any) bool {
	if r.Terminal != nil {
		return r.Terminal(stream)
	}
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(file.Fd())
}

// confirm asks a yes/no question at the terminal, and fails unless the answer is yes.
func (r *run) confirm(ctx context.Context, question string) error {
	fmt.Fprintf(r.Err, "%s Type yes to confirm: ", question)
	answer, err := r.readLine(ctx)
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// readLine reads the first line of the input, without its end. It stops waiting when ctx
// ends.
func (r *run) readLine(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	lines := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(r.In).ReadString('\n')
		if errors.Is(err, io.EOF) && line != "" {
			err = nil
		}
		lines <- read{strings.TrimRight(line, "\r\n"), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-lines:
		return got.line, got.err
	}
}
