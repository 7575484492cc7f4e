package process

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"user-api/test/kit"
)

// exitTime is the time limit for a process to exit after SIGTERM.
var exitTime = kit.Busy(10 * time.Second)

type (
	// process is one run of the binary.
	process struct {
		url string
		out *output

		cmd    *exec.Cmd
		reaped chan struct{}
	}

	// output is the output of a process, both streams in order.
	output struct {
		test string
		mu   sync.Mutex
		text bytes.Buffer
	}
)

// exec runs the binary in its home with only the given environment. It is killed when the
// test ends, and shortly before the test binary times out.
func (h *home) exec(t *testing.T, url string, args ...string) *process {
	t.Helper()
	path := h.binary
	if path == "" {
		var err error
		if path, err = kit.Binary(); err != nil {
			t.Fatal(err)
		}
	}
	deadline, ok := t.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline.Add(-5*time.Second))
	p := &process{url: url, out: newOutput(t), cmd: exec.CommandContext(ctx, path, args...), reaped: make(chan struct{})}
	p.cmd.Dir = h.dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir}, h.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		defer close(p.reaped)
		_ = p.cmd.Wait() // ProcessState has the result
	}()
	t.Cleanup(func() {
		cancel() // kills it
		<-p.reaped
		if t.Failed() {
			t.Logf("the last output of process %d:\n%s", p.cmd.Process.Pid, tail(p.out.String(), 4000))
		}
	})
	return p
}

// serving waits until the process answers.
func (p *process) serving(within time.Duration) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.reaped:
			return fmt.Errorf("the process has ended (%v) and printed:\n%s", p.cmd.ProcessState, p.out)
		default:
		}
		if resp, err := client.Get(p.url + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return fmt.Errorf("the process does not serve within %v and printed:\n%s", within, p.out)
}

// exit waits for the end of the process. It returns -1 for a killed one.
func (p *process) exit(t *testing.T, within time.Duration) (code int) {
	t.Helper()
	select {
	case <-p.reaped:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("the process still runs after %v and printed:\n%s", within, tail(p.out.String(), 4000))
		return 0
	}
}

// kill sends SIGKILL.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	p.exit(t, exitTime)
}

// terminate sends SIGTERM, after which the process must exit cleanly and in time.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	p.endsWell(t, time.Now())
}

// endsWell checks for exit code 0 in time after the signal.
func (p *process) endsWell(t *testing.T, signalled time.Time) {
	t.Helper()
	if code := p.exit(t, time.Until(signalled.Add(exitTime))); code != 0 {
		t.Fatalf("exit code %d after SIGTERM, want 0; it printed:\n%s", code, tail(p.out.String(), 4000))
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("%v: %v; it printed:\n%s", s, err, p.out)
	}
}

func newOutput(t *testing.T) *output {
	out := &output{test: t.Name()}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	memory.outputs = append(memory.outputs, out)
	return out
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// lines returns the lines printed so far.
func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
