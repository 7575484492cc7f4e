package interop

import (
	"bufio"
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// listener is a script that serves until the test ends.
type listener struct {
	URL string

	mu    sync.Mutex
	lines []string
	ended chan struct{}
}

// listen starts a script and waits until it says where it listens.
func listen(t *testing.T, name string, given any) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	cmd := node.Command(ctx, t, name, given)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l := &listener{ended: make(chan struct{})}
	at := make(chan string, 1)
	go func() {
		defer close(l.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			l.mu.Lock()
			l.lines = append(l.lines, lines.Text())
			l.mu.Unlock()
			if addr, is := strings.CutPrefix(lines.Text(), "listening "); is {
				at <- addr
			}
		}
		_ = cmd.Wait() // it was killed, or has said what is wrong
	}()
	t.Cleanup(func() {
		cancel()
		<-l.ended
		t.Logf("%s\n%s", name, l.printed())
	})
	select {
	case l.URL = <-at:
	case <-l.ended:
		t.Fatalf("%s does not listen: %s", name, l.printed())
	case <-time.After(time.Minute):
		t.Fatalf("%s does not listen", name)
	}
	return l
}

func (l *listener) printed() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// finished checks that the script has ended well, and verified so many things.
func (l *listener) finished(t *testing.T, verified int) {
	t.Helper()
	if out := l.printed(); strings.Count("\n"+out, "\nverified: ") < verified || !strings.HasSuffix(out, "\ndone") {
		t.Error("the script did not come to its end")
	}
}
