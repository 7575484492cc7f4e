package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	starts    = 5
	manyConns = 1000
	idleTime  = 2 * time.Second
	mebibyte  = 1 << 20
)

// costs measures the service alone, on its default stores.
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
	b.report.Costs = append(b.report.Costs, []cost{
		{"start to the first 200, migrated embedded store", ms(median(ready)), 60, "ms"},
		{"memory at rest (RSS)", float64(idle) / mebibyte, 45, "MiB"},
		{"memory under 1,000 connections (peak RSS)", float64(loaded) / mebibyte, 200, "MiB"},
		{"binary", float64(binary.Size()) / mebibyte, 60, "MiB"},
		{"allocations per check", allocations, 120, ""},
	}...)
	return nil
}

// allocations is how many of the heap one check costs, as the service counts them.
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

// crowd asks on a thousand connections at once.
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

// metric reads one value of /metrics.
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
