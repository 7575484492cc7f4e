package server

import (
	"crypto/tls"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/svc"
)

// certificate is the pair of a configuration as it was loaded last.
type certificate struct {
	conf config.Config
	// ending reports whether the process is about to end.
	ending func() bool
	// tls is swapped as a whole, since the keys of session tickets belong to it.
	tls atomic.Pointer[tls.Config]
}

// newCertificate loads the pair, if there is one.
func newCertificate(c config.Config, ending func() bool) (*certificate, error) {
	cert := &certificate{conf: c, ending: ending}
	if c.CertFile == "" {
		return cert, nil
	}
	return cert, cert.load()
}

func (c *certificate) load() error {
	pair, err := svc.LoadCertificate(c.conf)
	if err != nil {
		return err
	}
	c.tls.Store(&tls.Config{
		Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	})
	return nil
}

// install has a server ask for the pair of the moment. It is not asked by
// GetCertificate, which clients that name no server would not get to.
func (c *certificate) install(s *http.Server) {
	if c.conf.CertFile == "" {
		return
	}
	s.TLSConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.tls.Load(), nil },
	}
}

// reload takes a new pair into use for new connections. One that cannot be used
// changes nothing. Without a pair there is nothing to reload, and what usually has
// hung up is a terminal: the process ends as it does on SIGTERM.
func (c *certificate) reload() {
	if c.ending() {
		return
	}
	if c.conf.CertFile == "" {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Signal(syscall.SIGTERM)
		}
		return
	}
	if err := c.load(); err != nil {
		logx.Errorf("server: the certificate is not reloaded, that of before stays in use: %v", err)
		return
	}
	logx.Infof("server: the certificate is reloaded, it expires on %s", c.tls.Load().Certificates[0].Leaf.NotAfter.Format(time.DateOnly))
}

// onHangUp calls do at each SIGHUP, whose default is to kill, as long as the process
// runs.
func onHangUp(do func()) {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	go func() {
		for range hangUps {
			do()
		}
	}()
}
