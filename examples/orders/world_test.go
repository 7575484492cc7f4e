package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is a generous limit for fast operations on a busy machine.
const patience = time.Minute

type (
	// world is user-api and this service, each as a process.
	world struct {
		*testing.T
		dir          string
		users, shop  *process
		userAPI, own string // addresses
	}

	// process is a program that runs until the test ends.
	process struct {
		*testing.T
		command func() *exec.Cmd
		cmd     *exec.Cmd
		mu      sync.Mutex
		out     bytes.Buffer
	}

	answer struct {
		status int
		header http.Header
		body   []byte
	}
)

// newWorld builds and starts both.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), userAPI: freeAddress(t), own: freeAddress(t)}
	for what, dir := range map[string]string{"user.go": "../..", ".": "."} {
		build := exec.Command("go", "build", "-o", w.dir, what)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, out)
		}
	}
	host, port, _ := net.SplitHostPort(w.userAPI)
	w.write("user-api.yaml", fmt.Sprintf("Name: user-api\nMode: dev\nHost: %s\nPort: %s\nDrain: 0\nDevServer: {Enabled: false}\n"+
		"Auth: {Signing: ES256, Issuer: \"http://%s\"}\n", host, port, w.userAPI))
	w.users = w.process("user", "-f", "user-api.yaml")
	w.users.start("http://" + w.userAPI + "/readyz")

	var client struct{ ID, Secret string }
	made, err := w.command("user", "client", "create", "orders", "--scope", "revocations:read", "--json", "-f", "user-api.yaml").Output()
	if err == nil {
		err = json.Unmarshal(made, &client)
	}
	if err != nil {
		t.Fatalf("no client: %v", err)
	}
	host, port, _ = net.SplitHostPort(w.own)
	// Do not shed load because of other tests on the machine.
	w.write("orders.yaml", fmt.Sprintf("Name: orders\nHost: %s\nPort: %s\nCpuThreshold: 0\nAuth: {Issuer: \"http://%s\"}\n", host, port, w.userAPI))
	w.shop = w.process("orders", "-f", "orders.yaml")
	command := w.shop.command
	w.shop.command = func() *exec.Cmd {
		cmd := command()
		cmd.Env = append(cmd.Env, "ORDERS_CLIENT_ID="+client.ID, "ORDERS_CLIENT_SECRET="+client.Secret)
		return cmd
	}
	w.shop.start("http://" + w.own + "/menu")
	return w
}

func (w *world) write(name, text string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(w.dir, program), args...)
	cmd.Dir, cmd.Env = w.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir}
	return cmd
}

func (w *world) process(program string, args ...string) *process {
	p := &process{T: w.T, command: func() *exec.Cmd { return w.command(program, args...) }}
	w.Cleanup(func() {
		p.stop()
		if w.Failed() {
			w.Logf("%s printed:\n%s", program, p.printed())
		}
	})
	return p
}

// start starts the program and waits until an address answers 200.
func (p *process) start(ready string) {
	p.Helper()
	p.cmd = p.command()
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(ready)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	p.Fatalf("%s does not answer; the program printed:\n%s", ready, p.printed())
}

// stop sends SIGTERM and waits for the process to end.
func (p *process) stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// Write implements io.Writer for the program's output.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(text)
}

func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// ask sends a request. body is sent as JSON unless it is nil.
func (w *world) ask(method, url, bearer string, body any) answer {
	w.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, "http://"+url, content)
	if err != nil {
		w.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		w.Fatal(err)
	}
	return a
}

// want fails the test unless the response has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	return a
}

func (a answer) read(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

type tokens struct{ AccessToken, RefreshToken string }

// signIn signs in with a phone number and the code in the developer inbox.
func (w *world) signIn(phone string) (got tokens) {
	w.Helper()
	var asked struct{ OtpID string }
	w.ask("POST", w.userAPI+"/user/otp", "", map[string]string{"phone": phone}).want(w.T, 200).read(w.T, &asked)
	var inbox struct{ Messages []struct{ Otp string } }
	for begin := time.Now(); len(inbox.Messages) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(begin) > patience {
			w.Fatal("no message arrives")
		}
		w.ask("GET", w.userAPI+"/dev/inbox?to="+url.QueryEscape(phone), "", nil).want(w.T, 200).read(w.T, &inbox)
	}
	w.ask("POST", w.userAPI+"/user/login", "", map[string]string{"otpId": asked.OtpID, "otp": inbox.Messages[0].Otp}).want(w.T, 200).read(w.T, &got)
	return got
}

// operate runs a command of user-api.
func (w *world) operate(args ...string) {
	w.Helper()
	if out, err := w.command("user", append(args, "-f", "user-api.yaml")...).CombinedOutput(); err != nil {
		w.Fatalf("user-api %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// freeAddress returns an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		// Below the ports that the system gives to clients. The UDP socket keeps other tests
		// away from the port.
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		reservation, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		t.Cleanup(func() { reservation.Close() })
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}
