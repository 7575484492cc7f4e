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

// certificateInterval is how often the files are checked. Certificates are renewed weeks
// before they expire.
const certificateInterval = 5 * time.Second

// certificate is the last loaded certificate of a configuration.
type certificate struct {
	conf config.Config
	// ending reports whether the process is about to exit.
	ending func() bool
	// mu is held while loading; lastError is the last logged problem of the files.
	mu        sync.Mutex
	lastError string
	// tls is replaced as a whole, because the session ticket keys belong to it.
	tls atomic.Pointer[tls.Config]
}

// newCertificate loads the certificate, if one is configured.
func newCertificate(c config.Config, ending func() bool) (*certificate, error) {
	cert := &certificate{conf: c, ending: ending}
	if c.CertFile == "" {
		return cert, nil
	}
	return cert, cert.load()
}

// load keeps the current certificate if the files have not changed, so that session tickets
// stay valid.
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

// install makes a server use the current certificate. It does not use GetCertificate, which
// is not called for clients without SNI.
func (c *certificate) install(s *http.Server) {
	if c.conf.CertFile == "" {
		return
	}
	s.TLSConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.tls.Load(), nil },
	}
}

// reload loads a new certificate for new connections. An invalid one changes nothing.
// Without a certificate there is nothing to reload, and SIGHUP usually means that the
// terminal was closed: the process ends as on SIGTERM.
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
	c.refresh(true)
}

// refresh loads the files for new connections if they have changed. An invalid pair, such
// as one that is only half written, changes nothing; it is logged once, or each time if
// asked.
func (c *certificate) refresh(asked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.tls.Load()
	err := c.load()
	if err != nil {
		if asked || err.Error() != c.lastError {
			logx.Errorf("server: the certificate cannot be reloaded, the previous one stays in use: %v", err)
		}
		c.lastError = err.Error()
		return
	}
	c.lastError = ""
	if now := c.tls.Load(); asked || now != before {
		logx.Infof("server: reloaded the certificate, it expires on %s", now.Certificates[0].Leaf.NotAfter.Format(time.DateOnly))
	}
}

// watch checks the files until stop is closed.
func (c *certificate) watch(stop <-chan struct{}) {
	if c.conf.CertFile == "" {
		return
	}
	tick := time.NewTicker(certificateInterval)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if !c.ending() {
				c.refresh(false)
			}
		}
	}
}

// onHangUp calls do at each SIGHUP, whose default action is to terminate, as long as the
// process runs.
func onHangUp(do func()) {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	go func() {
		for range hangUps {
			do()
		}
	}()
}
