package keys_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/keys"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

const (
	life   = 90 * 24 * time.Hour
	lead   = time.Hour
	access = 15 * time.Minute

	pepperA = "pepper-a-of-at-least-thirty-two-bytes"
	pepperB = "pepper-b-of-at-least-thirty-two-bytes"
)

var (
	ctx     = context.Background()
	errDown = errors.New("the database is gone")
)

type (
	// rig is a database with its clock and the recorded events.
	rig struct {
		t      *testing.T
		clock  *testkit.Clock
		table  model.SigningKeyModel
		mu     sync.Mutex
		events []event.Kind
		told   []*model.Revocation
	}

	// node is the Keys of one process and its dependencies.
	node struct {
		*keys.Keys
		table   *table
		revoked *revoked
	}

	// table fails reads while down and writes while full.
	table struct {
		model.SigningKeyModel
		down, full atomic.Bool
		reads      atomic.Int64
	}

	// revoked is a fake revocation feed.
	revoked struct {
		mu    sync.Mutex
		ids   []string
		stale bool
	}
)

func (f *table) All(ctx context.Context) ([]*model.TimedSigningKey, error) {
	f.reads.Add(1)
	if f.down.Load() {
		return nil, errDown
	}
	return f.SigningKeyModel.All(ctx)
}

func (f *table) Add(ctx context.Context, key *model.SigningKey, lead int64) (bool, error) {
	if f.full.Load() {
		return false, errDown
	}
	return f.SigningKeyModel.Add(ctx, key, lead)
}

func (f *table) Activate(ctx context.Context, id, slot string, before []string, early bool) (bool, error) {
	if f.full.Load() {
		return false, errDown
	}
	return f.SigningKeyModel.Activate(ctx, id, slot, before, early)
}

func (r *revoked) KeyRevoked(id string) (bool, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.ids, id), !r.stale
}

func newRig(t *testing.T, db *store.DB) *rig {
	r := &rig{t: t, clock: testkit.NewClock()}
	r.table = model.NewSigningKeyModel(db.Conn, model.Changes{
		Clock: func() string { return strconv.FormatInt(r.clock.Now().UnixMilli(), 10) },
		OnCommit: func(entries []*model.Revocation) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told = append(r.told, entries...)
		},
	})
	return r
}

func (r *rig) Keep(_ context.Context, e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e.Kind)
}

// count returns how often an event was recorded.
func (r *rig) count(kind event.Kind) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.events {
		if one == kind {
			n++
		}
	}
	return n
}

// node starts a node with the given current and previous pepper.
func (r *rig) node(alg string, peppers ...string) *node {
	r.t.Helper()
	peppers = append(peppers, pepperA, "")
	if len(peppers) == 3 {
		peppers[1] = ""
	}
	ring, err := keyring.FromSecrets(keyring.Secrets{Pepper: []byte(peppers[0]), PrevPepper: []byte(peppers[1])}, rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	n := &node{table: &table{SigningKeyModel: r.table}, revoked: &revoked{}}
	n.Keys, err = keys.New(keys.Options{
		Table: n.table, Ring: ring, Revoked: n.revoked, Events: r, Alg: alg, Life: life, Lead: lead, Access: access, Rand: rand.Reader,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// pass runs Pass on every node.
func (r *rig) pass(nodes ...*node) {
	r.t.Helper()
	for _, n := range nodes {
		if err := n.Pass(ctx); err != nil {
			r.t.Fatal(err)
		}
	}
}

// signer returns the id of the key that a node signs with.
func (r *rig) signer(n *node) string {
	r.t.Helper()
	key, err := n.Signing()
	if err != nil {
		r.t.Fatal(err)
	}
	return key.ID
}

// states returns the states of all keys, oldest first.
func (r *rig) states(n *node) string {
	r.t.Helper()
	list, err := n.List(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	var states []string
	for _, key := range list {
		states = append(states, key.State)
	}
	return strings.Join(states, " ")
}

func (r *rig) wantStates(what string, n *node, want string) {
	r.t.Helper()
	if got := r.states(n); got != want {
		r.t.Errorf("%s: the keys are %q, want %q", what, got, want)
	}
}

// accepts reports whether tokens of a key are accepted. Any error but a rejection fails the
// test.
func (r *rig) accepts(n *node, id string) bool {
	r.t.Helper()
	_, err := n.Verifying(id)
	if err != nil && !errors.Is(err, token.ErrInvalid) {
		r.t.Fatal(err)
	}
	return err == nil
}

func (r *rig) published(n *node) (ids []string) {
	r.t.Helper()
	all, err := n.Published()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, key := range all {
		ids = append(ids, key.ID)
	}
	return ids
}

// together runs Pass on all nodes concurrently.
func (r *rig) together(nodes []*node) {
	r.t.Helper()
	begin, all := make(chan struct{}), sync.WaitGroup{}
	for _, n := range nodes {
		all.Go(func() {
			<-begin
			if err := n.Pass(ctx); err != nil {
				r.t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}

// The scenarios share a database, because creating one takes longer than any of them.
func TestKeys(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		for name, scenario := range map[string]func(*testing.T, *rig){
			"schedule": schedule, "schedule, not writable": scheduleNotWritable, "not readable": notReadable,
			"many unknown": manyUnknown, "revoke": revoke, "rotate": rotate, "another algorithm": anotherAlgorithm,
			"pepper changed": pepperChanged, "pepper, no quarrel": pepperNoQuarrel, "pepper unknown": pepperUnknown,
		} {
			t.Run(name, func(t *testing.T) {
				if _, err := db.SQL.Exec("delete from signing_key"); err != nil {
					t.Fatal(err)
				}
				scenario(t, newRig(t, db))
			})
		}
	})
}

// However many nodes run concurrently, they create one key at first start and one standby
// key in time, and activate it once. No node signs with a key that has not been published
// for the whole Lead.
func schedule(t *testing.T, r *rig) {
	nodes := make([]*node, 16)
	for i := range nodes {
		nodes[i] = r.node(token.ES256)
	}
	n := nodes[0]
	r.together(nodes)
	r.wantStates("after the first start", n, "active")
	r.pass(nodes...)
	first := r.signer(n)
	for _, other := range nodes {
		if r.signer(other) != first {
			t.Fatal("two nodes sign with different keys")
		}
	}
	r.clock.Add(life - lead - time.Second)
	r.together(nodes)
	r.wantStates("before the time", n, "active")
	r.clock.Add(time.Second)
	r.together(nodes)
	r.pass(nodes...)
	r.wantStates("a lead before the end", n, "active standby")
	if ids := r.published(n); len(ids) != 2 || r.signer(n) != first {
		t.Errorf("published %v, and %s signs", ids, r.signer(n))
	}
	second := r.published(n)[1]
	r.clock.Add(lead - time.Second)
	r.together(nodes)
	r.wantStates("before the end", n, "active standby")
	r.clock.Add(time.Second)
	r.together(nodes)
	r.pass(nodes...)
	r.wantStates("at the end", n, "previous active")
	for _, other := range nodes {
		if r.signer(other) != second || !r.accepts(other, first) || !r.accepts(other, second) {
			t.Fatal("a node does not sign with the new key and accept the old one")
		}
	}
	if created, activated := r.count(event.KeyCreated), r.count(event.KeyActivated); created != 2 || activated != 2 {
		t.Errorf("%d created, %d activated, want 2 of each", created, activated)
	}
	r.clock.Add(access + time.Minute)
	r.pass(nodes...)
	if !r.accepts(n, first) {
		t.Error("the old key is not accepted while its tokens live")
	}
	r.clock.Add(time.Millisecond)
	r.pass(nodes...)
	if ids := r.published(n); r.accepts(n, first) || !slices.Equal(ids, []string{second}) {
		t.Errorf("the old key is still accepted or published: %v", ids)
	}
	private := false
	rows, err := r.table.All(ctx)
	for _, row := range rows {
		private = private || row.Id == first && row.PrivateKey != ""
	}
	if err != nil || private {
		t.Errorf("the private half of the old key is kept: %v", err)
	}
	r.clock.Add(400 * 24 * time.Hour)
	r.pass(n)
	r.wantStates("after the retention", n, "active standby")
}

// While the table is readable but not writable, the active key keeps signing. What was due
// is done later.
func scheduleNotWritable(t *testing.T, r *rig) {
	n := r.node(token.ES256)
	n.table.full.Store(true)
	if err := n.Pass(ctx); err == nil {
		t.Error("a key was created without a writable table")
	}
	if _, err := n.Signing(); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("signs without a key: %v", err)
	}
	n.table.full.Store(false)
	r.pass(n)
	first := r.signer(n)
	for _, step := range []struct {
		wait  time.Duration
		after string
	}{{life - lead, "active standby"}, {lead, "previous active"}} {
		before := r.states(n)
		n.table.full.Store(true)
		r.clock.Add(step.wait)
		if err := n.Pass(ctx); !errors.Is(err, errDown) {
			t.Errorf("error %v", err)
		}
		r.wantStates("while it cannot be written", n, before)
		if r.signer(n) != first || !r.accepts(n, first) {
			t.Error("the active key does not keep signing")
		}
		n.table.full.Store(false)
		r.pass(n)
		r.wantStates("once it can", n, step.after)
	}
}

// A node that has never read the table is unavailable. One that has read it uses the last
// result, except for unknown keys.
func notReadable(t *testing.T, r *rig) {
	good, blind := r.node(token.ES256), r.node(token.ES256)
	blind.table.down.Store(true)
	r.pass(good)
	id := r.signer(good)
	if err := blind.Pass(ctx); err == nil {
		t.Error("read without a database")
	}
	wantUnavailable := func(what string, err error) {
		t.Helper()
		if !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("%s: %v, want unavailable", what, err)
		}
	}
	_, err := blind.Signing()
	wantUnavailable("sign", err)
	_, err = blind.Published()
	wantUnavailable("publish", err)
	_, err = blind.Verifying(id)
	wantUnavailable("verify", err)
	blind.table.down.Store(false)
	if !r.accepts(blind, id) { // triggers a read
		t.Error("a key that another node has just created is rejected")
	}
	r.pass(blind)
	blind.table.down.Store(true)
	if r.signer(blind) != id || !r.accepts(blind, id) {
		t.Error("a known key was forgotten")
	}
	_, err = blind.Verifying(strings.Repeat("x", 43))
	wantUnavailable("a key that may be new", err)
	if _, err := blind.Verifying("no thumbprint"); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("an id that is not a thumbprint: %v", err)
	}
	blind.revoked.stale = true
	_, err = blind.Verifying(id)
	wantUnavailable("while the feed is out of date", err)
}

// However many requests have unknown keys, the table is read only a few times.
func manyUnknown(t *testing.T, r *rig) {
	n := r.node(token.ES256)
	r.pass(n)
	before, all := n.table.reads.Load(), sync.WaitGroup{}
	for i := range 500 {
		all.Go(func() {
			id := strconv.Itoa(i)
			if _, err := n.Verifying(id + strings.Repeat("x", 43-len(id))); !errors.Is(err, token.ErrInvalid) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if reads := n.table.reads.Load() - before; reads > 20 {
		t.Errorf("%d reads for 500 unknown keys", reads)
	}
}
