package svc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	"user-api/internal/config"
)

// checkCertificate loads the server's TLS certificate and key. An expired certificate does
// not prevent the start, because some clients may still accept it.
func checkCertificate(c config.Config) (string, error) {
	if c.CertFile == "" {
		return "none: plain http, for a proxy in front that terminates TLS", nil
	}
	if _, err := CertificateEnds(c); err != nil {
		return "", err
	}
	return c.CertFile + " fits its key", nil
}

// CertificateEnds returns when the server's certificate expires.
func CertificateEnds(c config.Config) (time.Time, error) {
	pair, err := LoadCertificate(c)
	if err != nil {
		return time.Time{}, err
	}
	return pair.Leaf.NotAfter, nil
}

// LoadCertificate loads the certificate and key. Errors show nothing of the key.
func LoadCertificate(c config.Config) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("config: CertFile and KeyFile: %w", err)
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("config: KeyFile: %w", err)
	}
	if openKey(info) {
		return nil, fmt.Errorf("config: KeyFile: %s", openTo(c.KeyFile, info))
	}
	if pair.Leaf == nil {
		return nil, errors.New("config: CertFile: has no certificate")
	}
	return &pair, nil
}
