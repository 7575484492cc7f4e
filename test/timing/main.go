// Command timing shows whether the time of a refused sign-in tells accounts
// apart: it starts the service as a newcomer would, tries an unknown user, a
// wrong password and a banned user in turn, and prints the medians and, for each
// pair, the chance that a single try is told right (AUC, 0.5 is a coin).
//
//	go run ./test/timing -n 200
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const password = "correct horse battery"

func main() {
	tries := flag.Int("n", 200, "tries of each class")
	flag.Parse()
	if err := run(*tries); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(tries int) error {
	dir, err := os.MkdirTemp("", "timing")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := start(dir)
	if err != nil {
		return err
	}
	defer s.stop()
	for _, name := range []string{"known", "banned"} {
		if _, err := s.post("/user/register", map[string]string{"username": name, "password": password}); err != nil {
			return err
		}
	}
	if out, err := s.command("admin", "ban", "--username", "banned").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	classes := []struct{ name, username, password string }{
		{"unknown user", "nobody", password},
		{"wrong password", "known", "not the password"},
		{"banned user", "banned", password},
	}
	times := make([][]time.Duration, len(classes))
	for range tries {
		for i, c := range classes {
			begin := time.Now()
			status, err := s.post("/user/login", map[string]string{"username": c.username, "password": c.password})
			if err != nil || status != http.StatusUnauthorized {
				return fmt.Errorf("%s: status %d, %w", c.name, status, err)
			}
			times[i] = append(times[i], time.Since(begin))
		}
	}
	for i, c := range classes {
		fmt.Printf("%-15s median %6.2f ms over %d tries\n", c.name, ms(median(times[i])), tries)
	}
	for i := range classes {
		for j := i + 1; j < len(classes); j++ {
			fmt.Printf("%s / %s: medians differ by %.2f ms, AUC %.2f\n", classes[i].name, classes[j].name,
				ms((median(times[i]) - median(times[j])).Abs()), auc(times[i], times[j]))
		}
	}
	return nil
}

// service is a running binary with its data in a folder of its own.
type service struct {
	dir, binary, url string
	process          *exec.Cmd
}

func start(dir string) (*service, error) {
	s := &service{dir: dir, binary: filepath.Join(dir, "user-api")}
	if out, err := exec.Command("go", "build", "-o", s.binary, "user.go").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	s.url = "http://127.0.0.1:" + port
	conf := "Mode: dev\nPort: " + port + "\nDevServer: {Enabled: false}\nLog: {Level: error}\n"
	if err := os.WriteFile(filepath.Join(dir, "conf.yaml"), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	s.process = s.command()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for range 200 {
		if resp, err := http.Get(s.url + "/readyz"); err == nil {
			resp.Body.Close()
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, errors.New("the service does not start")
}

func (s *service) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.binary, append(args, "-f", "conf.yaml")...)
	cmd.Dir = s.dir
	return cmd
}

func (s *service) post(path string, body map[string]string) (int, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	resp, err := http.Post(s.url+path, "application/json", bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func (s *service) stop() {
	s.process.Process.Signal(syscall.SIGTERM)
	s.process.Wait()
}

// auc is the chance that a random time of a is longer than one of b.
func auc(a, b []time.Duration) float64 {
	var longer float64
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				longer++
			case x == y:
				longer += 0.5
			}
		}
	}
	return longer / float64(len(a)*len(b))
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
