package mfa_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/zeromicro/go-zero/core/stores/cache"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/mfa"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
	"user-api/model/migrations"
)

const ann = 7

var (
	ctx    = context.Background()
	pepper = strings.Repeat("p", 32)
)

// rig is a database with the user ann and nodes that share one clock.
type rig struct {
	t        *testing.T
	source   string
	db       *store.DB // of the first node
	clock    *testkit.Clock
	notified atomic.Int64 // entries of the feed
}

// each runs a test on every database.
func each(t *testing.T, test func(*testing.T, *rig)) {
	t.Parallel()
	for name, source := range map[string]func(testing.TB) string{
		"sqlite": func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  testkit.MySQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &rig{t: t, source: source(t), clock: testkit.NewClock()}
			r.db = r.open()
			if err := store.Migrate(ctx, r.db, migrations.FS); err != nil {
				t.Fatal(err)
			}
			r.do("INSERT INTO user (id, role, status, created) VALUES (7, 'user', 'active', 1)")
			test(t, r)
		})
	}
}

// open opens the database as another node would.
func (r *rig) open() *store.DB {
	r.t.Helper()
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: r.source})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { db.Close() })
	return db
}

// node returns a node with the common pepper.
func (r *rig) node() *mfa.Factors { return r.with(r.db, keyring.Secrets{Pepper: []byte(pepper)}) }

// other returns another node with its own connections.
func (r *rig) other() *mfa.Factors {
	return r.with(r.open(), keyring.Secrets{Pepper: []byte(pepper)})
}

func (r *rig) with(db *store.DB, secrets keyring.Secrets) *mfa.Factors {
	r.t.Helper()
	ring, err := keyring.FromSecrets(secrets, rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	changes := model.Changes{Clock: db.Dialect.Clock, OnCommit: func(rows []*model.Revocation) { r.notified.Add(int64(len(rows))) }}
	f, err := mfa.New(mfa.Options{
		Table: model.NewMfaModel(db.Conn), Codes: model.NewRecoveryCodeModel(db.Conn), Users: model.NewUserModel(db.Conn, noCache{}, changes),
		Ring: ring, Issuer: "Orders", Now: r.clock.Now, Rand: rand.Reader,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// enrolled gives ann a confirmed secret and recovery codes.
func (r *rig) enrolled(f *mfa.Factors) (secret string, codes []string) {
	r.t.Helper()
	e, err := f.Enroll(ctx, ann, "ann")
	if err != nil {
		r.t.Fatal(err)
	}
	if codes, err = f.ConfirmWithRecovery(ctx, ann, r.code(e.Secret, 0)); err != nil {
		r.t.Fatal(err)
	}
	r.clock.Add(2 * time.Minute) // the next code is of a later step
	return e.Secret, codes
}

// code returns the code of a secret, steps time steps from now.
func (r *rig) code(secret string, steps int) string {
	r.t.Helper()
	code, err := totp.GenerateCode(secret, r.clock.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// bad returns a code that is wrong now.
func (r *rig) bad(secret string) string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if code != r.code(secret, 0) && code != r.code(secret, 1) && code != r.code(secret, -1) {
			return code
		}
	}
	panic("unreachable")
}

func (r *rig) do(query string, args ...any) {
	r.t.Helper()
	if _, err := r.db.SQL.Exec(query, args...); err != nil {
		r.t.Fatal(err)
	}
}

// number reads one number.
func (r *rig) number(query string) (n int64) {
	r.t.Helper()
	if err := r.db.SQL.QueryRow(query).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// outcomes runs n concurrent calls and counts their error codes; "" is success.
func outcomes(n int, call func(i int) error) map[apperr.Code]int {
	var all sync.WaitGroup
	var mu sync.Mutex
	counts, begin := map[apperr.Code]int{}, make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			err := call(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				counts[""]++
			} else {
				counts[apperr.From(err).Code]++
			}
		})
	}
	close(begin)
	all.Wait()
	return counts
}

func want(t *testing.T, what string, err error, code apperr.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && !apperr.Is(err, code) {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

// noCache is a cache that stores nothing.
type noCache struct{ cache.Cache }

// DelCtx implements cache.Cache.
func (noCache) DelCtx(context.Context, ...string) error { return nil }

func remove(f *mfa.Factors) error {
	_, err := f.Remove(ctx, ann)
	return err
}
