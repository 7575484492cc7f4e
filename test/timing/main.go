// Command timing shows whether the time of an answer tells accounts apart: it
// starts the service as a newcomer would, asks each route that takes an address
// or a name about known, unknown and banned ones in turn, and prints the medians
// and, for each pair, the chance that a single try is told right (AUC, 0.5 is a
// coin). It exits with 1 beyond the bounds.
//
// With -weather it asks while the providers of messages fare in all their ways, and
// watches the status of each message as well.
//
//	go run ./test/timing -n 400
//	go run ./test/timing -n 400 -mysql 'user:pass@tcp(host:3306)/empty' -redis host:6379
//	go run ./test/timing -weather -n 60
//
// With -imported it asks about accounts that were imported, with hashes of all kinds.
//
//	go run ./test/timing -imported -n 100
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
	"syscall"
	"time"
)

func main() {
	tries := flag.Int("n", 400, "tries of each class and route")
	mysql := flag.String("mysql", "", "the DSN of an empty database; without it SQLite")
	redis := flag.String("redis", "", "HOST:PORT of a Redis that nothing else uses; without it the one inside")
	weather := flag.Bool("weather", false, "whether to watch messages while providers fail")
	foreign := flag.Bool("imported", false, "whether to ask about imported accounts")
	flag.Parse()
	run := run
	if *foreign {
		run = func(tries int, _ bool, mysql, redis string) error { return imported(tries, mysql, redis) }
	}
	if err := run(*tries, *weather, *mysql, *redis); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(tries int, weather bool, mysql, redis string) error {
	dir, err := os.MkdirTemp("", "timing")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := start(dir, mysql, redis)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.populate(tries); err != nil {
		return err
	}
	if weather {
		return s.weathers(tries)
	}
	ok := true
	for _, r := range append(routes, s.keys.route(s)) {
		who := classes
		if r.who != nil {
			who = r.who
		}
		held, err := s.measure(r, who, tries)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		ok = ok && held
	}
	if !ok {
		return errors.New("a class can be told by its time")
	}
	return nil
}

// service is a running binary with its data in a folder of its own.
type service struct {
	dir, binary, url string
	// conf is what its configuration begins with.
	conf string
	// origin is where pages that ask for passkeys are from.
	origin  string
	keys    keys
	process *exec.Cmd
}

func start(dir, mysql, redis string) (*service, error) {
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
	s.url, s.origin = "http://127.0.0.1:"+port, "http://"+rpID+":"+port
	s.conf = "Mode: dev\nPort: " + port + "\nDevServer: {Enabled: false}\nLog: {Level: severe}\nRateLimit: {Enabled: false}\n"
	if mysql != "" {
		s.conf += fmt.Sprintf("DataSource: %q\n", mysql)
	}
	if redis != "" {
		s.conf += fmt.Sprintf("CacheRedis: [{Host: %q}]\n", redis)
	}
	return s, s.begin("Otp: {Cooldown: 1}\n")
}

// begin starts the process with more of a configuration.
func (s *service) begin(more string) error {
	if err := os.WriteFile(filepath.Join(s.dir, "conf.yaml"), []byte(s.conf+more), 0o600); err != nil {
		return err
	}
	s.process = s.command()
	if err := s.process.Start(); err != nil {
		return err
	}
	for range 200 {
		if resp, err := http.Get(s.url + "/readyz"); err == nil {
			resp.Body.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return errors.New("the service does not start")
}

func (s *service) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.binary, append(args, "-f", "conf.yaml")...)
	cmd.Dir = s.dir
	return cmd
}

func (s *service) call(method, path, bearer string, body any) (status int, answer map[string]any, err error) {
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	_ = json.Unmarshal(text, &answer) // a 204 has none
	return resp.StatusCode, answer, err
}

func (s *service) stop() {
	s.process.Process.Signal(syscall.SIGTERM)
	s.process.Wait()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
