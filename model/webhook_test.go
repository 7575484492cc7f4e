package model_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// hooks is the webhook table with a clock that the test advances.
type hooks struct {
	model.WebhookModel
	t   *testing.T
	db  *store.DB
	now int64
}

func newHooks(t *testing.T, db *store.DB) *hooks {
	h := &hooks{t: t, db: db, now: time.Now().UnixMilli()}
	h.WebhookModel = model.NewWebhookModel(db.Conn, h.clock)
	return h
}

func (h *hooks) clock() string { return strconv.FormatInt(h.now, 10) }

// put inserts a pending event of a user, a millisecond after the previous one.
func (h *hooks) put(event string, user int64, kind string) {
	h.t.Helper()
	h.now++
	_, err := h.db.SQL.Exec("INSERT INTO `webhook` (`event`, `endpoint`, `user_id`, `session_id`, `type`, `body`, `at`, `since`, `state`, `due`, `leased`, `tries`, `result`) "+
		"VALUES (?, 'orders', ?, '', ?, '{}', ?, ?, 'pending', ?, 0, 0, '')", event, user, kind, h.now, h.now, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hooks) due() []*model.DueWebhook {
	h.t.Helper()
	rows, err := h.Due(ctx, "orders", 10)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func (h *hooks) claim(w *model.DueWebhook) *model.DueWebhook {
	h.t.Helper()
	if mine, err := h.Claim(ctx, w, 1000); !mine || err != nil {
		h.t.Fatalf("claim %s: %t, %v", w.Event, mine, err)
	}
	return w
}

func (h *hooks) want(what string, events ...string) {
	h.t.Helper()
	var got []string
	for _, w := range h.due() {
		got = append(got, w.Event)
	}
	if diff := cmp.Diff(events, got); diff != "" {
		h.t.Errorf("%s (-want +due):\n%s", what, diff)
	}
}

func (h *hooks) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// Only the oldest pending event of each user is due. A failed attempt delays the events after
// it, and a leased event is not due.
func TestWebhooks_order(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHooks(t, db)
		h.put("a1", 1, model.UserUpdated)
		h.put("a2", 1, model.UserUpdated)
		h.put("b1", 2, model.UserUpdated)
		h.want("at first", "a1", "b1")
		a1 := h.claim(h.due()[0])
		h.want("while a1 is tried", "b1")
		h.must(h.Retry(ctx, a1, 5000, "500"))
		h.want("after a1 failed", "b1")
		h.now += 4999
		h.want("a moment before a1 is due", "b1")
		h.now++
		h.want("once a1 is due", "b1", "a1")
		a1 = h.claim(h.due()[1])
		if mine, err := h.Settle(ctx, a1, model.WebhookDelivered, "200"); !mine || err != nil {
			t.Errorf("settle: %t, %v", mine, err)
		}
		h.want("once a1 is delivered", "b1", "a2")
		b1 := h.claim(h.due()[0])
		h.must(h.Release(ctx, b1))
		h.want("once b1 is given back", "b1", "a2")
		if totals, err := h.Totals(ctx, "orders"); err != nil || totals.Pending != 2 || totals.Failed != 0 || totals.Oldest < 5000 {
			t.Errorf("totals: %+v, %v", totals, err)
		}
	})
}

// A lease expires, and its former holder can no longer settle.
func TestWebhooks_lease(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHooks(t, db)
		h.put("a1", 1, model.UserUpdated)
		first := h.claim(h.due()[0])
		h.now += 1001
		second := h.claim(h.due()[0])
		if mine, err := h.Settle(ctx, first, model.WebhookFailed, "timeout"); mine || err != nil {
			t.Errorf("the first holder settles: %t, %v; want false", mine, err)
		}
		h.must(h.Retry(ctx, first, 99_000, "timeout"))
		if mine, err := h.Settle(ctx, second, model.WebhookDelivered, "200"); !mine || err != nil {
			t.Errorf("the second holder settles: %t, %v", mine, err)
		}
		h.want("in the end")
	})
}

// Of concurrent claims of a row, exactly one succeeds.
func TestWebhooks_claimedOnce(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHooks(t, db)
		h.put("a1", 1, model.UserUpdated)
		seen := h.due()[0]
		var calls sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 16 {
			calls.Go(func() {
				own := *seen
				mine, err := h.Claim(ctx, &own, 1000)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if mine {
					won++
				}
			})
		}
		calls.Wait()
		if won != 1 {
			t.Errorf("%d calls claimed it", won)
		}
	})
}

// Settling user.deleted deletes the other rows of the user and of nobody else.
func TestWebhooks_forgets(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHooks(t, db)
		for _, kind := range []string{model.UserUpdated, model.UserDeleted} {
			h.put("a-"+kind, 1, kind)
		}
		h.put("b1", 2, model.UserUpdated)
		for len(h.due()) > 0 {
			w := h.claim(h.due()[0])
			if _, err := h.Settle(ctx, w, model.WebhookDelivered, "200"); err != nil {
				t.Fatal(err)
			}
		}
		left := drain(t, db)
		slices.Sort(left)
		if diff := cmp.Diff([]string{"user.deleted 1 {}", "user.updated 2 {}"}, left); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	})
}

// Expire gives up old rows, Purge deletes rows settled long ago, and Replay sends the
// remaining ones again.
func TestWebhooks_replay(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHooks(t, db)
		for i := range 3 {
			h.put(fmt.Sprintf("a%d", i), int64(i+1), model.UserUpdated)
		}
		w := h.claim(h.due()[0])
		if _, err := h.Settle(ctx, w, model.WebhookDelivered, "200"); err != nil {
			t.Fatal(err)
		}
		began := h.now
		h.now += 10_000
		if n, err := h.Expire(ctx, "orders", 9_000); n != 2 || err != nil {
			t.Errorf("expired: %d, %v", n, err)
		}
		h.want("after that")
		for _, step := range []struct {
			model.Replay
			want int64
		}{
			{model.Replay{Endpoint: "other", Since: began - 99}, 0},
			{model.Replay{Endpoint: "orders", Since: began + 99}, 0},
			{model.Replay{Endpoint: "orders", Since: began - 99}, 2},
			{model.Replay{Endpoint: "orders", Event: "a0"}, 0},
			{model.Replay{Endpoint: "orders", Event: "a0", Delivered: true}, 1},
		} {
			if n, err := h.Replay(ctx, step.Replay); n != step.want || err != nil {
				t.Errorf("replay %+v: %d, %v; want %d", step.Replay, n, err, step.want)
			}
		}
		h.want("replayed", "a0", "a1", "a2")
		if w := h.due()[0]; w.Age != 0 || w.Tries != 0 {
			t.Errorf("replayed: %+v, want a fresh row", w)
		}
		for len(h.due()) > 0 {
			if _, err := h.Settle(ctx, h.claim(h.due()[0]), model.WebhookFailed, "500"); err != nil {
				t.Fatal(err)
			}
		}
		h.now += 5_000
		if n, err := h.Purge(ctx, "orders", 5_001); n != 0 || err != nil {
			t.Errorf("purged too early: %d, %v", n, err)
		}
		if n, err := h.Purge(ctx, "orders", 4_999); n != 3 || err != nil {
			t.Errorf("purged: %d, %v", n, err)
		}
	})
}

// An endpoint is paused after a number of consecutive failures. Only one node may probe it,
// and a success ends the pause.
func TestEndpoints(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		now := time.Now().UnixMilli()
		m := model.NewEndpointModel(db.Conn, func() string { return strconv.FormatInt(now, 10) })
		state := func() *model.EndpointState {
			t.Helper()
			s, err := m.State(ctx, "orders")
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		fail := func(limit int64) {
			t.Helper()
			now++
			if err := m.Failed(ctx, "orders", "500", limit, 1000); err != nil {
				t.Fatal(err)
			}
		}
		if s := state(); s.Failures != 0 || s.Pause > 0 {
			t.Errorf("at first: %+v", s)
		}
		fail(3)
		fail(3)
		if s := state(); s.Failures != 2 || s.Pause > 0 || s.Result != "500" {
			t.Errorf("after two: %+v", s)
		}
		fail(3)
		if s := state(); s.Failures != 3 || s.Pause != 1000 {
			t.Errorf("after three: %+v", s)
		}
		now += 1000
		s := state()
		for i, want := range []bool{true, false} {
			if mine, err := m.Probe(ctx, s, 500); mine != want || err != nil {
				t.Errorf("probe %d: %t, %v", i, mine, err)
			}
		}
		if s := state(); s.Pause != 500 {
			t.Errorf("during a probe: %+v", s)
		}
		if err := m.Succeeded(ctx, "orders"); err != nil {
			t.Fatal(err)
		}
		if s := state(); s.Failures != 0 || s.Paused != 0 || s.Succeeded != now {
			t.Errorf("in the end: %+v", s)
		}
		fail(0)
		if s := state(); s.Pause != 1000 {
			t.Errorf("with a limit of 0: %+v", s)
		}
	})
}
