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

// Node is the service as a process of its own, on stores that outlive it. It is asked
// as an App is; what an App has besides a URL, it has not.
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

// NodeSecrets are secrets that several Nodes share.
func NodeSecrets() Option {
	text := newSecrets()
	for word := range words(text) {
		remember(word)
	}
	return Option(text)
}

// NewNode configures a process, which Start starts. Its log is searched for secrets
// with that of the suite.
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

// newProcess prepares a program that will listen on a port. It ends with the test.
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

// configure writes the file of the configuration.
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

// Run runs a command of the program's beside it, and returns what it prints.
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

// Start runs the process. It does not wait.
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

// Serving waits until a path is answered 200.
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

// Kill is kill -9; of a process that has ended or was not started it does nothing.
func (n *Node) Kill() { n.signal(syscall.SIGKILL) }

// Terminate is SIGTERM, and waits for the end.
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

// Write implements io.Writer for what the process prints.
func (n *Node) Write(p []byte) (int, error) {
	n.mu.Lock()
	n.out.Write(p)
	n.mu.Unlock()
	return logWriter{}.Write(p)
}

// Printed is what the process has printed.
func (n *Node) Printed() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.out.String()
}

func (n *Node) tail() string {
	text := n.Printed()
	return text[max(0, len(text)-4000):]
}
