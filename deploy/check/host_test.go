package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// repo is the root of the repository, and deploy what is checked.
const (
	repo   = "../.."
	deploy = ".."
)

// patience bounds what is waited for on a busy machine.
const patience = time.Minute

// need finds a program, also where Debian keeps those of administrators. Where all must
// be there (USER_API_TEST_REQUIRE), a missing one fails the test.
func need(t *testing.T, name string) string {
	t.Helper()
	for _, at := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	if os.Getenv("USER_API_TEST_REQUIRE") != "" {
		t.Fatalf("%s is not there", name)
	}
	t.Skipf("%s is not there", name)
	return ""
}

// run runs a program to its end and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// launch starts a program that ends with the test, which shows what it printed if it
// fails.
func launch(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	var printed lockedBuffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	cmd.WaitDelay = 5 * time.Second // for what is printed, which a child of it may hold open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // nginx ends its workers
		hard := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		hard.Stop()
		if t.Failed() {
			t.Logf("%s printed:\n%s", filepath.Base(cmd.Path), printed.String())
		}
	})
	return cmd
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// binary is the service of this tree, built as the image has it.
func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	buildDir string // removed by TestMain
	built    = sync.OnceValues(func() (string, error) {
		path := filepath.Join(buildDir, "user-api")
		build := exec.Command("go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w -X user-api/internal/version.number="+version, "-o", path, ".")
		build.Dir, build.Env = repo, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
		return path, nil
	})
)

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "deploy-check-"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

// wantTaken runs `user-api health`, which reads the configuration and the secrets, and
// then finds nobody at the port. Of anything else it would complain first.
func wantTaken(t *testing.T, health *exec.Cmd) {
	t.Helper()
	out, err := health.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "server: ask: Get") {
		t.Errorf("the service says of its configuration: %v %s", err, out)
	}
}

// freePort reserves a TCP port until the test ends. It lies below the ports that the
// system gives to clients; the UDP socket of the same number keeps other tests away.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		reservation, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		t.Cleanup(func() { reservation.Close() })
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, what string, done func() error) {
	t.Helper()
	err := errors.New("not asked")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = done(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// ask is one request; header is of pairs.
func ask(method, url, body string, header ...string) (*http.Response, string, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// answers reports why a URL does not answer 200.
func answers(url string) error {
	resp, text, err := ask(http.MethodGet, url, "")
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s", resp.StatusCode, text)
	}
	return err
}

// signIn signs a number in by a code of the inbox, and returns the access token.
func signIn(t *testing.T, url, phone string) string {
	t.Helper()
	post := func(path, body string) map[string]any {
		resp, text, err := ask(http.MethodPost, url+path, body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("POST %s: %v %s", path, err, text)
		}
		return object(t, text)
	}
	ticket := post("/user/otp", fmt.Sprintf(`{"phone":%q}`, phone))
	code := ""
	await(t, "the message", func() error {
		_, text, err := ask(http.MethodGet, url+"/dev/inbox?to="+strings.ReplaceAll(phone, "+", "%2B"), "")
		if err != nil {
			return err
		}
		if list, _ := object(t, text)["messages"].([]any); len(list) > 0 {
			code, _ = list[0].(map[string]any)["otp"].(string)
		}
		if code == "" {
			return errors.New(text)
		}
		return nil
	})
	token, _ := post("/user/login", fmt.Sprintf(`{"otpId":%q,"otp":%q}`, ticket["otpId"], code))["accessToken"].(string)
	return token
}

func object(t *testing.T, text string) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return o
}
