package kit

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"

	"github.com/go-sql-driver/mysql"
)

// Node is the service as a separate process whose stores outlive it. It takes requests like an
// App, but of the fields of App only URL and DataSource are set.
type Node struct {
	*App

	program func() (path string, err error)
	dir     string
	args    []string
	env     []string

	mu     sync.Mutex
	cmd    *exec.Cmd
	reaped chan struct{}
	out    bytes.Buffer
}

// NodeSecrets returns secrets for Nodes that share their stores.
func NodeSecrets() Option {
	text := newSecrets()
	for word := range words(text) {
		remember(word)
	}
	return Option(text)
}

// NewNode configures a process, which Start starts. Its log becomes part of the suite's log,
// which is searched for secrets.
func NewNode(t testing.TB, s Stores, options ...Option) *Node {
	t.Helper()
	setUpLog()
	if conf, err := mysql.ParseDSN(s.DataSource); err == nil {
		remember(conf.Passwd)
	}
	port := testkit.FreePort(t)
	n := newProcess(t, Binary, port)
	n.DataSource = s.DataSource
	n.configure(merge(t, append([]Option{
		Option(fmt.Sprintf("Mode: test\nHost: 127.0.0.1\nPort: %d\nDataSource: %q\n", port, s.DataSource)),
		Option(fmt.Sprintf("CacheRedis: [{Host: %q}]\n", s.Redis)),
		"Otp: {Length: 10}\nDevServer: {Enabled: false}\nLog: {Level: debug}\n",
		generousLimits,
	}, options...)))
	return n
}

// newProcess prepares a program that will listen on port. It is killed when the test ends.
func newProcess(t testing.TB, program func() (string, error), port int) *Node {
	t.Helper()
	n := &Node{App: &App{t: t, URL: "http://127.0.0.1:" + strconv.Itoa(port)}, program: program, dir: t.TempDir()}
	t.Cleanup(func() {
		n.Kill()
		if t.Failed() {
			t.Logf("the process on %s printed at last:\n%s", n.URL, n.tail())
		}
	})
	return n
}

// configure writes the configuration file.
func (n *Node) configure(text string) {
	n.t.Helper()
	file := filepath.Join(n.dir, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.args = []string{"-f", file}
}

func (n *Node) command(args ...string) *exec.Cmd {
	n.t.Helper()
	path, err := n.program()
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command(path, append(args, n.args...)...)
	cmd.Dir, cmd.Env = n.dir, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.dir}, n.env...)
	return cmd
}

// Run runs a command of the program and returns its output.
func (n *Node) Run(args ...string) []byte {
	n.t.Helper()
	cmd := n.command(args...)
	cmd.Stderr = n
	out, err := cmd.Output()
	if err != nil {
		n.t.Fatalf("%v: %v\n%s", args, err, n.tail())
	}
	return out
}

// Start starts the process without waiting for it.
func (n *Node) Start() {
	n.t.Helper()
	cmd := n.command()
	cmd.Stdout, cmd.Stderr = n, n
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	reaped := make(chan struct{})
	n.mu.Lock()
	n.cmd, n.reaped = cmd, reaped
	n.mu.Unlock()
	go func() {
		defer close(reaped)
		_ = cmd.Wait()
	}()
}

// Serving waits until a GET of path returns 200.
func (n *Node) Serving(path string, within time.Duration) error {
	probe := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	last := "no answer"
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-n.reaped:
			return fmt.Errorf("the process has ended: %v\n%s", n.cmd.ProcessState, n.tail())
		default:
		}
		resp, err := probe.Get(n.URL + path)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if last = resp.Status; resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("%s is not 200 within %v but %s\n%s", path, within, last, n.tail())
}

// Kill sends SIGKILL and waits for the process to exit. It does nothing if the process has
// exited or was not started.
func (n *Node) Kill() { n.signal(syscall.SIGKILL) }

// Terminate sends SIGTERM and waits for the process to exit.
func (n *Node) Terminate() { n.signal(syscall.SIGTERM) }

func (n *Node) signal(s syscall.Signal) {
	n.mu.Lock()
	cmd, reaped := n.cmd, n.reaped
	n.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(s) // it may have ended
	<-reaped
}

// Write implements io.Writer for the output of the process.
func (n *Node) Write(p []byte) (int, error) {
	n.mu.Lock()
	n.out.Write(p)
	n.mu.Unlock()
	return logWriter{}.Write(p)
}

// Printed returns the output of the process so far.
func (n *Node) Printed() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.out.String()
}

func (n *Node) tail() string {
	text := n.Printed()
	return text[max(0, len(text)-4000):]
}
