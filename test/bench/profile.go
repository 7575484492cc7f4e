package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// profile drives a side while its server profiles itself, and writes NAME.pprof, which
// `go tool pprof -http :` shows.
func (b *bench) profile(s side, name string) error {
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	driven := make(chan error, 1)
	go func() {
		_, err := drive(s.server.addr, s.clients, b.each()+time.Second)
		driven <- err
	}()
	resp, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.server.dev, max(1, int(b.seconds))))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := <-driven; err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.profiles, name+".pprof"), data, 0o644)
}
