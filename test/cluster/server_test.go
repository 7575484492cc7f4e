package cluster

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// server is a program with its own folder that ends with the test.
type server struct {
	t    *testing.T
	dir  string
	args []string

	mu     sync.Mutex
	cmd    *exec.Cmd
	reaped chan struct{}
}

// start runs a server. Its output goes to the file log in its folder.
func start(t *testing.T, dir, program string, args ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, args: append([]string{program}, args...)}
	s.run()
	t.Cleanup(func() {
		s.signal(syscall.SIGCONT)
		s.kill()
		if t.Failed() {
			t.Logf("the last output of %s in %s:\n%s", program, dir, s.log(1500))
		}
	})
	return s
}

// run starts it, also after a kill; more are additional arguments.
func (s *server) run(more ...string) {
	s.t.Helper()
	out, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(s.args[0], append(s.args[1:len(s.args):len(s.args)], more...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, out, out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	reaped := make(chan struct{})
	s.mu.Lock()
	s.cmd, s.reaped = cmd, reaped
	s.mu.Unlock()
	go func() {
		defer close(reaped)
		_ = cmd.Wait()
	}()
}

func (s *server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Signal(sig) // it may have ended
}

// kill sends SIGKILL and waits for the end.
func (s *server) kill() {
	s.signal(syscall.SIGKILL)
	<-s.reaped
}

// terminate sends SIGTERM and waits for the end.
func (s *server) terminate() {
	s.signal(syscall.SIGTERM)
	<-s.reaped
}

func (s *server) log(n int) string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text[max(0, len(text)-n):])
}

func splitAddr(t *testing.T, addr string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
