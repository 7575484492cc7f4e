package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/server"
)

// newPair creates a certificate that expires in the given number of days, and its key.
func newPair(t *testing.T, days int) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(days)), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: ends(days),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// begun is the same time in all tests.
var begun = time.Now().UTC().Truncate(time.Second)

func ends(days int) time.Time { return begun.Add(time.Duration(days) * 24 * time.Hour) }

// logged captures the log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), words)
}

// Whatever the files contain during a renewal, the previous pair remains in use, and each
// problem is logged once; a valid pair is loaded.
func TestCertificate_renewed(t *testing.T) {
	log := &logged{}
	old := logx.Reset()
	logx.SetWriter(logx.NewWriter(log))
	t.Cleanup(func() { logx.SetWriter(old) })

	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	write := func(path string, text []byte, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, text, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := newPair(t, 10)
	write(certFile, cert, 0o644)
	write(keyFile, key, 0o600)
	c, err := server.NewCertificate(config.Config{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	reloaded := 0
	look := func(what string, wantDays int, words string) {
		t.Helper()
		before := log.count("cannot be reloaded")
		for range 3 {
			c.Look()
		}
		if got := c.Ends(); !got.Equal(ends(wantDays)) {
			t.Errorf("%s: it ends %v, want %v", what, got, ends(wantDays))
		}
		told := log.count("cannot be reloaded") - before
		if words == "" && told != 0 || words != "" && (told != 1 || log.count(words) != 1) {
			t.Errorf("%s: said %d times, want %q once:\n%s", what, told, words, log.buf.String())
		}
		if got := log.count("reloaded the certificate"); got != reloaded {
			t.Errorf("%s: %d times reloaded, want %d", what, got, reloaded)
		}
	}
	look("nothing has changed", 10, "")

	next, nextKey := newPair(t, 20)
	write(certFile, next[:len(next)/2], 0o644)
	look("half a certificate", 10, "failed to find any PEM data in certificate")
	write(certFile, next, 0o644)
	look("the key of another", 10, "private key does not match public key")
	write(keyFile, nextKey[:len(nextKey)/2], 0o600)
	look("half a key", 10, "failed to find any PEM data in key")
	write(keyFile, nextKey, 0o644)
	look("a key that others can read", 10, "can be read by others (mode 0644)")
	write(keyFile, nextKey, 0o600)
	reloaded++
	look("a whole pair", 20, "")

	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	look("no key", 20, "no such file or directory")
	write(keyFile, nextKey, 0o600)
	look("the same pair again", 20, "")
}

// Kubernetes writes a new directory and swaps a symbolic link.
func TestCertificate_links(t *testing.T) {
	dir := t.TempDir()
	mount := func(name string, days int) {
		t.Helper()
		cert, key := newPair(t, days)
		for _, err := range []error{
			os.Mkdir(filepath.Join(dir, name), 0o700), os.WriteFile(filepath.Join(dir, name, "tls.crt"), cert, 0o600),
			os.WriteFile(filepath.Join(dir, name, "tls.key"), key, 0o600),
			os.Symlink(name, filepath.Join(dir, "..data_tmp")), os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	mount("..1", 10)
	for _, name := range []string{"tls.crt", "tls.key"} {
		if err := os.Symlink("..data/"+name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := server.NewCertificate(config.Config{CertFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key")})
	if err != nil {
		t.Fatal(err)
	}
	mount("..2", 20)
	if err := os.RemoveAll(filepath.Join(dir, "..1")); err != nil {
		t.Fatal(err)
	}
	c.Look()
	if got := c.Ends(); !got.Equal(ends(20)) {
		t.Errorf("it ends %v, want %v", got, ends(20))
	}
}
