package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/keyring"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/webhook"
	"user-api/model"
)

var key = []byte("a key of twenty-four byte")

// got is a request that a receiver got.
type got struct {
	ID      string
	Payload webhook.Payload
	Header  http.Header
	Body    string
}

// receiver is a service that receives webhooks. It answers with is, or 200 if that is nil.
type receiver struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	requests []got
	answer   http.HandlerFunc
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	g := got{ID: req.Header.Get("webhook-id"), Header: req.Header, Body: string(body)}
	if err := json.Unmarshal(body, &g.Payload); err != nil {
		r.t.Errorf("body %s: %v", body, err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", g.ID, req.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); !strings.Contains(" "+req.Header.Get("webhook-signature")+" ", " "+want+" ") {
		r.t.Errorf("%s is signed %s, want %s", g.ID, req.Header.Get("webhook-signature"), want)
	}
	r.mu.Lock()
	r.requests = append(r.requests, g)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

func (r *receiver) answers(f http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

func (r *receiver) all() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.requests...)
}

// kinds returns the kinds and users of the received events.
func (r *receiver) kinds() []string {
	var all []string
	for _, g := range r.all() {
		all = append(all, fmt.Sprintf("%s %d", g.Payload.Type, g.Payload.Data.UserID))
	}
	return all
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// rig is a store with users and the webhooks about them, with a clock that the test advances.
type rig struct {
	*webhook.Webhooks
	t     *testing.T
	db    *store.DB
	clock *testkit.Clock
	users model.UserModel
	next  int64
}

func (r *rig) sqlClock() string { return strconv.FormatInt(r.clock.Now().UnixMilli(), 10) }

// endpoint returns an endpoint for a receiver on this host.
func endpoint(name string, to *receiver) webhook.Endpoint {
	return webhook.Endpoint{
		Name: name, URL: to.URL + "/hook", Keys: [][]byte{key}, Events: model.OutboxKinds, AllowPrivate: true, Concurrency: 4, Timeout: 10 * time.Second,
	}
}

func newRig(t *testing.T, db *store.DB, endpoints ...webhook.Endpoint) *rig {
	t.Helper()
	r := &rig{t: t, db: db, clock: testkit.NewClock()}
	var outbox *webhook.Outbox
	r.Webhooks, outbox = r.node(endpoints...)
	changes := model.Changes{Clock: r.sqlClock, OnCommit: func([]*model.Revocation) {}, Outbox: outbox}
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cached := model.NewRowCache(testkit.EmbeddedRedis(t).Client, ring, &model.CacheGeneration{})
	r.users = model.NewUserModel(db.Conn, cached, changes)
	return r
}

// node starts another node on the same store.
func (r *rig) node(endpoints ...webhook.Endpoint) (*webhook.Webhooks, *webhook.Outbox) {
	r.t.Helper()
	outbox, err := webhook.NewOutbox(endpoints, r.clock.Now, rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	return webhook.New(webhook.Options{
		Endpoints: endpoints, Outbox: outbox, Rows: model.NewWebhookModel(r.db.Conn, r.sqlClock),
		States: model.NewEndpointModel(r.db.Conn, r.sqlClock), Now: r.clock.Now,
	}), outbox
}

// user creates a user, which causes an event.
func (r *rig) user() int64 {
	r.t.Helper()
	r.next++
	phone := sql.NullString{String: fmt.Sprintf("+9198765%05d", r.next), Valid: true}
	if _, err := r.users.Insert(r.t.Context(), &model.User{Id: r.next, Phone: phone, Role: "user", Status: "active"}); err != nil {
		r.t.Fatal(err)
	}
	return r.next
}

func (r *rig) role(id int64, role string) {
	r.t.Helper()
	if err := r.users.SetRole(r.t.Context(), id, role); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) deliver() {
	r.t.Helper()
	if err := r.Deliver(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// pass advances the clock in steps and delivers after each.
func (r *rig) pass(d, step time.Duration) {
	r.t.Helper()
	for ; d > 0; d -= step {
		r.clock.Add(step)
		r.deliver()
	}
}

func (r *rig) status(name string) webhook.Status {
	r.t.Helper()
	list, err := r.List(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return s
		}
	}
	r.t.Fatalf("no endpoint %s", name)
	return webhook.Status{}
}

// await waits for a condition that comes true in the background.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// run sends webhooks in the background until the test ends.
func run(t *testing.T, w *webhook.Webhooks) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}
