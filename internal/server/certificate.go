package server

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/svc"
)

// certificateEvery is how often the files are looked at. Who renews a certificate does
// so weeks before its end.
const certificateEvery = 5 * time.Second

// certificate is the pair of a configuration as it was loaded last.
type certificate struct {
	conf config.Config
	// ending reports whether the process is about to end.
	ending func() bool
	// mu is held by who loads; told is what was last said of files that cannot be used.
	mu   sync.Mutex
	told string
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

// load leaves what is in use alone where the files have not changed: the tickets of
// sessions stay good.
func (c *certificate) load() error {
	pair, err := svc.LoadCertificate(c.conf)
	if err != nil {
		return err
	}
	if now := c.tls.Load(); now != nil && slices.EqualFunc(now.Certificates[0].Certificate, pair.Certificate, bytes.Equal) {
		return nil
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
	c.look(true)
}

// look takes the files into use for new connections, if they have changed. What cannot
// be used, as a pair of which one half is written, or files that are gone, changes
// nothing; it is told once, or whenever somebody asks.
func (c *certificate) look(asked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.tls.Load()
	err := c.load()
	if err != nil {
		if asked || err.Error() != c.told {
			logx.Errorf("server: the certificate is not reloaded, that of before stays in use: %v", err)
		}
		c.told = err.Error()
		return
	}
	c.told = ""
	if now := c.tls.Load(); asked || now != before {
		logx.Infof("server: the certificate is reloaded, it expires on %s", now.Certificates[0].Leaf.NotAfter.Format(time.DateOnly))
	}
}

// watch looks at the files until stop is closed.
func (c *certificate) watch(stop <-chan struct{}) {
	if c.conf.CertFile == "" {
		return
	}
	tick := time.NewTicker(certificateEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if !c.ending() {
				c.look(false)
			}
		}
	}
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
