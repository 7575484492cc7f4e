package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"user-api/internal/store"
)

// testRoot returns a certificate for 127.0.0.1 that this process trusts as a root.
var testRoot tls.Certificate

func trustTestRoot() {
	var root []byte
	testRoot, root = certificate()
	file, err := os.CreateTemp("", "root-*.pem")
	if err != nil {
		panic(err)
	}
	if _, err := file.Write(root); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", file.Name())
	_, _ = x509.SystemCertPool() // loads the root
	os.Remove(file.Name())
}

func certificate() (cert tls.Certificate, root []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func tlsServer(t *testing.T, cert tls.Certificate) *miniredis.Miniredis {
	t.Helper()
	server, err := miniredis.RunTLS(&tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func TestRedisTLSVerifiesTheServer(t *testing.T) {
	stranger, _ := certificate()
	good, bad := tlsServer(t, testRoot), tlsServer(t, stranger)
	for _, kind := range []string{store.TypeNode, store.TypeCluster} {
		open := func(host string) error {
			return openRedis(t, store.RedisNode{Host: host, Type: kind, TLS: true}).Ping(context.Background())
		}
		if err := open(good.Addr()); err != nil {
			t.Errorf("%s, trusted: %v", kind, err)
		}
		wantError(t, open(bad.Addr()), "certificate")
		// The same server by a name that is not in its certificate.
		_, port, _ := net.SplitHostPort(good.Addr())
		if kind == store.TypeNode {
			wantError(t, open("localhost:"+port), "certificate")
		}
	}
}

func TestRedisTLSOutlivesARestart(t *testing.T) {
	server := tlsServer(t, testRoot)
	r := openRedis(t, store.RedisNode{Host: server.Addr(), TLS: true})
	addr := server.Addr()
	survivesRestart(t, r, server, func() error {
		return server.StartAddrTLS(addr, &tls.Config{Certificates: []tls.Certificate{testRoot}})
	})
}
