package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	starts    = 5
	manyConns = 1000
	idleConns = 10_000
	idleTime  = 2 * time.Second
	mebibyte  = 1 << 20
)

// costs measures the service without a floor, on the embedded stores.
func (b *bench) costs(ctx context.Context) error {
	if !b.wants("costs") {
		return nil
	}
	file := "sqlite:" + filepath.Join(b.dir, "costs", "user.db")
	if err := b.fill(ctx, file, tokens); err != nil {
		return err
	}
	binary, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	var ready []time.Duration
	for range starts {
		begin := time.Now()
		s, err := b.startService("costs", b.binary, file, "")
		ready = append(ready, time.Since(begin))
		if err != nil {
			return err
		}
		if err := s.stop(); err != nil {
			return err
		}
	}
	s, err := b.startService("costs", b.binary, file, "")
	if err != nil {
		return err
	}
	defer s.stop()
	time.Sleep(idleTime)
	idle, err := s.resident("VmRSS")
	if err != nil {
		return err
	}
	own, err := s.resident("RssAnon")
	if err != nil {
		return err
	}
	allocations, err := b.allocations(s)
	if err != nil {
		return err
	}
	if err := b.crowd(s); err != nil {
		return err
	}
	loaded, err := s.resident("VmHWM")
	if err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	first, err := b.firstStart()
	if err != nil {
		return err
	}
	b.report.Costs = append(b.report.Costs, []cost{
		{"`go run` with a warm build cache to the first 200, empty folder", ms(first), 5000, "ms"},
		{"start to the first 200, migrated embedded store", ms(median(ready)), 60, "ms"},
		{"memory at rest (RSS)", float64(idle) / mebibyte, 40, "MiB"},
		{"of that its own, not the program file's", float64(own) / mebibyte, 25, "MiB"},
		{"memory under 1,000 connections (peak RSS)", float64(loaded) / mebibyte, 200, "MiB"},
		{"binary, stripped", float64(binary.Size()) / mebibyte, 45, "MiB"},
		{"allocations per check", allocations, 120, ""},
	}...)
	return b.idleConns()
}

// firstStart returns the time that `go run` takes with a warm build cache in an empty folder
// until the first answer: it builds and starts the program in the same way.
func (b *bench) firstStart() (time.Duration, error) {
	program := filepath.Join(b.dir, "first")
	var begin time.Time
	for range 2 { // the first build fills the cache
		begin = time.Now()
		if out, err := exec.Command("go", "build", "-o", program, "user.go").CombinedOutput(); err != nil {
			return 0, fmt.Errorf("bench: build: %w: %s", err, out)
		}
	}
	s, err := b.startService("first", program, "sqlite:"+filepath.Join(b.dir, "first-data", "user.db"), "")
	if err != nil {
		return 0, err
	}
	took := time.Since(begin)
	return took, s.stop()
}

// idleConns opens many connections that send one request and then stay idle, and compares
// the p99 of a check with and without them.
func (b *bench) idleConns() (err error) {
	s, err := b.startService("idle", b.binary, "sqlite:"+filepath.Join(b.dir, "costs", "user.db"), "")
	if err != nil {
		return err
	}
	defer s.stop()
	clients, err := b.clients(pathCheck, tokens, 0)
	if err != nil {
		return err
	}
	p99 := func() (time.Duration, error) {
		if _, err := drive(s.addr, clients, warmUp); err != nil {
			return 0, err
		}
		times, err := drive(s.addr, clients, b.each())
		return percentile(times, 99), err
	}
	alone, err := p99()
	if err != nil {
		return err
	}
	for range idleConns {
		raw, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		defer raw.Close()
		line := &conn{Conn: raw, in: bufio.NewReaderSize(raw, 512)}
		if _, _, err := line.roundTrip(request("GET", "/healthz", "", "")); err != nil {
			return err
		}
	}
	time.Sleep(idleTime)
	resident, err := s.resident("VmRSS")
	if err != nil {
		return err
	}
	beside, err := p99()
	b.report.Costs = append(b.report.Costs,
		cost{"memory with 10,000 idle connections (RSS)", float64(resident) / mebibyte, 250, "MiB"},
		cost{"p99 of /user/check next to them, relative to without", float64(beside) / float64(alone), 1.5, ""})
	return err
}

// allocations returns the number of heap allocations per check, as the service counts them.
func (b *bench) allocations(s *server) (float64, error) {
	clients, err := b.clients(pathCheck, tokens, 0)
	if err != nil {
		return 0, err
	}
	if _, err := drive(s.addr, clients, warmUp); err != nil {
		return 0, err
	}
	before, err := s.metric("go_memstats_mallocs_total")
	if err != nil {
		return 0, err
	}
	times, err := drive(s.addr, clients, b.each())
	if err != nil {
		return 0, err
	}
	after, err := s.metric("go_memstats_mallocs_total")
	return (after - before) / float64(len(times)), err
}

// crowd drives the service over a thousand connections.
func (b *bench) crowd(s *server) error {
	conns := b.conns
	b.conns = manyConns
	clients, err := b.clients(pathCheck, tokens, 0)
	b.conns = conns
	if err != nil {
		return err
	}
	_, err = drive(s.addr, clients, b.each())
	return err
}

// metric returns a value of /metrics.
func (s *server) metric(name string) (float64, error) {
	resp, err := http.Get("http://" + s.dev + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no metric %s", name)
}
