package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"user-api/internal/config"
)

// askTimeout limits the check whether a service is already running.
const askTimeout = 2 * time.Second

// TryPorts briefly listens on each configured address and returns a problem for each
// failure.
func TryPorts(c config.Config) config.Problems {
	var problems config.Problems
	try := func(key, host string, port int) {
		l, err := net.Listen("tcp", address(host, port))
		if err != nil {
			problems = append(problems, config.Problem{Key: key, Rule: fmt.Sprintf("cannot be used: %v", err)})
			return
		}
		l.Close()
	}
	try("Port", c.Host, c.Port)
	if c.DevServer.Enabled {
		try("DevServer.Port", c.DevServer.Host, c.DevServer.Port)
	}
	return problems
}

// Answers reports whether a user-api is running at the configured address.
func Answers(ctx context.Context, c config.Config) bool { return Ask(ctx, c, false) == nil }

// Ask checks whether the user-api at the configured address is alive or ready, and returns
// why not.
func Ask(ctx context.Context, c config.Config, ready bool) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, URL(c)+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("server: ask: %w", err)
	}
	// The certificate does not matter: nothing secret is sent.
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}}
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("server: ask: %w", err)
	}
	defer resp.Body.Close()
	var health struct{ Status, Field string }
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<10)).Decode(&health)
	switch {
	case err != nil || resp.Header.Get("X-Request-Id") == "":
		return fmt.Errorf("server: ask: the server at %s is not a user-api", address(c.Host, c.Port))
	case health.Status == "":
		return fmt.Errorf("server: ask: %s is %d %s", path, resp.StatusCode, health.Field)
	}
	return nil
}

// URL returns the URL of the service for a browser on this host, even if it listens on all
// addresses.
func URL(c config.Config) string {
	host := c.Host
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme(c) + "://" + address(host, c.Port)
}

func scheme(c config.Config) string {
	if c.CertFile != "" {
		return "https"
	}
	return "http"
}

// address formats an address like go-zero: IPv6 hosts already have brackets.
func address(host string, port int) string { return fmt.Sprintf("%s:%d", host, port) }
