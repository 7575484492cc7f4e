package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"user-api/internal/config"
)

// answerTime bounds the question whether a service already runs.
const answerTime = 2 * time.Second

// TryPorts listens for a moment on each address that the service will listen on,
// and returns the keys of those where it cannot.
func TryPorts(c config.Config) config.Problems {
	var problems config.Problems
	try := func(key, host string, port int) {
		l, err := net.Listen("tcp", address(host, port))
		if err != nil {
			problems = append(problems, config.Problem{Key: key, Rule: fmt.Sprintf("cannot be listened on: %v", err)})
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

// Answers reports whether a user-api serves at the configured address.
func Answers(ctx context.Context, c config.Config) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	scheme := "http"
	if c.CertFile != "" {
		scheme = "https"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+address(c.Host, c.Port)+"/healthz", http.NoBody)
	if err != nil {
		return false
	}
	// Whose certificate it is does not matter: nothing secret is sent.
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}}
	resp, err := client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var health struct {
		Status string `json:"status"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<10)).Decode(&health)
	return err == nil && resp.Header.Get("X-Request-Id") != "" && health.Status == "ok"
}

// address is as go-zero writes it: the host of IPv6 comes in brackets.
func address(host string, port int) string { return fmt.Sprintf("%s:%d", host, port) }
