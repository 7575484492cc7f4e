package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 30 * time.Second
	stopTime  = 15 * time.Second
	// clockTick is the unit of /proc, the same on every Linux (USER_HZ).
	clockTick = 10 * time.Millisecond
)

// server is a process that serves HTTP at addr.
type server struct {
	name, addr string
	// dev is the address of its metrics and profiles.
	dev string
	cmd *exec.Cmd
}

// launch starts a server and waits until it answers. Its log is discarded; its standard error
// goes to a file in dir.
func launch(dir, name, addr, dev string, cmd *exec.Cmd) (*server, error) {
	errs, err := os.Create(filepath.Join(dir, name+".stderr"))
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	cmd.Dir, cmd.Stderr = dir, errs
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: name, addr: addr, dev: dev, cmd: cmd}
	if err := s.await(); err != nil {
		said, _ := os.ReadFile(errs.Name())
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, said), s.stop())
	}
	return s, nil
}

func (s *server) await() error {
	client := &http.Client{Timeout: time.Second}
	for end := time.Now().Add(startTime); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if resp, err := client.Get("http://" + s.addr + "/healthz"); err == nil {
			resp.Body.Close()
			return nil
		}
	}
	return fmt.Errorf("%s does not start", s.name)
}

// stop ends the process, by force if it takes too long.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	defer time.AfterFunc(stopTime, func() { s.cmd.Process.Kill() }).Stop()
	_ = s.cmd.Wait() // the status of a killed process says nothing
	return nil
}

// cpu returns the CPU time of the process.
func (s *server) cpu() (time.Duration, error) {
	return cpuOf(s.cmd.Process.Pid)
}

// cpuOf returns the CPU time of a process.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may contain spaces. utime and stime are fields 14 and 15.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// resident returns the memory of the process in bytes: VmRSS, RssAnon, or VmHWM for the peak.
func (s *server) resident(field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s", field)
}

// freeAddr returns a loopback address with a free port.
func freeAddr() (addr, port string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer l.Close()
	_, port, err = net.SplitHostPort(l.Addr().String())
	return l.Addr().String(), port, err
}
