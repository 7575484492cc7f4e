package webhook_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/webhook"
	"user-api/model"
)

// An event that a node was sending when it died is sent by another node under the same id,
// after the lease has ended.
func TestDeliver_nodeDies(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		to := newReceiver(t)
		r := newRig(t, db, endpoint("orders", to))
		r.user()
		rows := model.NewWebhookModel(db.Conn, r.sqlClock)
		due, err := rows.Due(t.Context(), "orders", 1)
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		if mine, err := rows.Claim(t.Context(), due[0], 30_000); !mine || err != nil {
			t.Fatal(mine, err)
		}
		r.pass(29*time.Second, time.Second)
		if n := len(to.all()); n != 0 {
			t.Errorf("delivered %d times during the lease of another node", n)
		}
		r.pass(2*time.Second, time.Second)
		if got := to.all(); len(got) != 1 || got[0].ID != due[0].Event {
			t.Errorf("delivered %v, want %s", got, due[0].Event)
		}
	})
}

// Two nodes that send concurrently deliver each event once, and in order for each user.
func TestRun_twoNodes(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		to := newReceiver(t)
		e := endpoint("orders", to)
		r := newRig(t, db, e)
		second, _ := r.node(e)
		run(t, r.Webhooks)
		run(t, second)
		for range 10 {
			id := r.user()
			r.role(id, "admin")
			r.role(id, "user")
			r.clock.Add(time.Millisecond)
		}
		await(t, "all events to be delivered", func() bool { return len(to.all()) >= 30 })
		await(t, "all results to be recorded", func() bool { return r.status("orders").Pending == 0 })
		seen, last := map[string]int{}, map[int64]string{}
		for _, g := range to.all() {
			if seen[g.ID]++; seen[g.ID] > 1 {
				t.Errorf("%s is delivered %d times", g.ID, seen[g.ID])
			}
			if id := g.Payload.Data.UserID; g.Payload.Type == model.UserCreated && last[id] != "" {
				t.Errorf("for %d %s came before the creation", id, last[id])
			}
			last[g.Payload.Data.UserID] = g.Payload.Type
		}
	})
}

// An endpoint that hangs does not delay another one.
func TestRun_slowAndFast(t *testing.T) {
	slow, fast := newReceiver(t), newReceiver(t)
	release := make(chan struct{})
	slow.answers(func(http.ResponseWriter, *http.Request) { <-release })
	r := newRig(t, sqlite(t), endpoint("slow", slow), endpoint("fast", fast))
	run(t, r.Webhooks)
	for range 20 {
		r.user()
	}
	await(t, "the fast one to receive all", func() bool { return len(fast.all()) == 20 })
	if n := len(slow.all()); n > 4 {
		t.Errorf("the slow one has %d concurrent requests, want at most 4", n)
	}
	close(release)
	await(t, "the slow one to receive all", func() bool { return len(slow.all()) == 20 })
}

// During shutdown, requests in progress may finish. Those that do not finish in time are
// given back, and the next process sends them immediately.
func TestDrain(t *testing.T) {
	for _, finishes := range []bool{true, false} {
		to := newReceiver(t)
		release := make(chan struct{})
		to.answers(func(_ http.ResponseWriter, req *http.Request) {
			select {
			case <-release:
			case <-req.Context().Done():
			}
		})
		r := newRig(t, sqlite(t), endpoint("orders", to))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.Run(context.Background())
		}()
		r.user()
		await(t, "a request", func() bool { return len(to.all()) == 1 })
		ctx, cancel := context.WithCancel(t.Context())
		var draining sync.WaitGroup
		draining.Go(func() { r.Drain(ctx) })
		<-ended
		r.user() // during the shutdown: for the next process
		if finishes {
			close(release)
			draining.Wait()
		}
		cancel()
		draining.Wait()
		want := map[bool]int64{true: 1, false: 2}[finishes]
		if s := r.status("orders"); s.Pending != want || s.Failures != 0 {
			t.Errorf("finishes %t: %+v, want %d pending", finishes, s, want)
		}
		to.answers(nil)
		r.Webhooks, _ = r.node(endpoint("orders", to))
		r.deliver()
		if s := r.status("orders"); s.Pending != 0 {
			t.Errorf("finishes %t: %+v after the next process", finishes, s)
		}
	}
}

// A test event is signed and not stored, and its result is returned.
func TestTest(t *testing.T) {
	to := newReceiver(t)
	r := newRig(t, sqlite(t), endpoint("orders", to))
	for code, taken := range map[int]bool{200: true, 204: true, 500: false} {
		to.answers(status(code))
		result, got, err := r.Test(t.Context(), "orders")
		if err != nil || result != strconv.Itoa(code) || got != taken {
			t.Errorf("%d: %s, %t, %v", code, result, got, err)
		}
	}
	if got := to.all(); len(got) != 3 || got[0].Payload.Type != "webhook.test" || r.status("orders").Pending != 0 {
		t.Errorf("sent %+v", got)
	}
	if err := webhook.Check(t.Context(), endpoint("orders", to)); err != nil {
		t.Errorf("check: %v", err)
	}
	if len(to.all()) != 3 {
		t.Error("a check has sent something")
	}
}
