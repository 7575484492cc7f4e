// Package blobtest runs a storage that speaks S3 inside a test, and breaks it.
package blobtest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Bucket is the one bucket of the storage, Key and Secret are what it is signed with.
const (
	Bucket = "avatars"
	Key    = "test-access-key"
	Secret = "test-secret-key-of-forty-characters-long"
)

// How a storage is.
const (
	Well State = iota
	// Down answers 503 to everything.
	Down
	// Hung answers nothing.
	Hung
	// Full answers 507 to what is written.
	Full
	// ReadOnly answers 403 to what is written and deleted.
	ReadOnly
)

type (
	// State is how a storage is.
	State int32

	// Storage is a storage that speaks S3. It is safe for concurrent use.
	Storage struct {
		URL     string
		backend *s3mem.Backend
		state   atomic.Int32
		asked   atomic.Int32
		done    chan struct{}
	}
)

// New starts a storage that ends with the test.
func New(t testing.TB) *Storage {
	t.Helper()
	s := &Storage{backend: s3mem.New(), done: make(chan struct{})}
	if err := s.backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	next := gofakes3.New(s.backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, next) }))
	s.URL = server.URL
	t.Cleanup(func() {
		close(s.done)
		server.Close()
	})
	return s
}

func (s *Storage) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	s.asked.Add(1)
	writes := r.Method != http.MethodGet && r.Method != http.MethodHead
	switch state := State(s.state.Load()); {
	case state == Down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case state == Hung:
		select {
		case <-s.done:
		case <-r.Context().Done():
		}
	case state == Full && r.Method == http.MethodPut:
		w.WriteHeader(http.StatusInsufficientStorage)
	case state == ReadOnly && writes:
		w.WriteHeader(http.StatusForbidden)
	default:
		next.ServeHTTP(w, r)
	}
}

// Set changes how the storage is.
func (s *Storage) Set(state State) { s.state.Store(int32(state)) }

// Asked is how many requests have come.
func (s *Storage) Asked() int { return int(s.asked.Load()) }

// Names lists what is in the bucket.
func (s *Storage) Names(t testing.TB) []string {
	t.Helper()
	list, err := s.backend.ListBucket(Bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, object := range list.Contents {
		names = append(names, object.Key)
	}
	return names
}

// Encrypted starts a server with a certificate that nobody knows, and returns its URL.
func Encrypted(t testing.TB) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return server.URL
}
