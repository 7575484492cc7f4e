package process

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/webhook"
)

// listener is a service that receives webhooks, and may delay its answers.
type listener struct {
	*httptest.Server
	hangs atomic.Bool

	mu sync.Mutex
	// ids holds the delivery ids of each event.
	ids map[string][]string
}

// newListener starts one and makes the home send to it.
func newListener(t *testing.T, h *home) *listener {
	t.Helper()
	l := &listener{ids: map[string][]string{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p webhook.Payload
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &p) != nil {
			return // the sender was killed
		}
		l.note(fmt.Sprintf("%s %d %s", p.Type, p.Data.UserID, p.Data.SessionID), r.Header.Get("webhook-id"))
		if l.hangs.Load() {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(l.Close)
	const secret = "whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc"
	remember(secret)
	h.env = append(h.env, "WEBHOOK_SECRET_ORDERS="+secret)
	h.edits = append(h.edits, edit{"\nWebhooks:\n", fmt.Sprintf("\nWebhooks: [{Name: orders, Url: %q, AllowPrivate: true, Timeout: 2}]\n", l.URL)})
	return l
}

func (l *listener) note(event, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids[event] = append(l.ids[event], id)
}

// told counts events, and deliveries.
func (l *listener) told() (events, requests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ids := range l.ids {
		events, requests = events+1, requests+len(ids)
	}
	return events, requests
}

// A process that is killed with some events sent but not recorded, and others written but
// not sent, loses none: the next one sends them all, each with its one id.
func TestKillWhileTelling(t *testing.T) {
	eachStores(t, func(t *testing.T, h *home) {
		l := newListener(t, h)
		l.hangs.Store(true)
		p := h.start(t)
		const users, atOnce = 5, 3
		for i := range users {
			p.signIn(t, fmt.Sprintf("+9198765470%02d", i))
		}
		await(t, time.Minute, "requests under way", func() bool { _, n := l.told(); return n >= atOnce })
		p.kill(t)
		before, _ := l.told()
		if before >= 2*users {
			t.Fatalf("%d events were sent before the kill, want some to be left", before)
		}
		l.hangs.Store(false)
		p = h.start(t)
		await(t, time.Minute, "all events", func() bool { n, _ := l.told(); return n == 2*users })
		await(t, time.Minute, "what was under way once more", func() bool { _, n := l.told(); return n >= 2*users+before })
		p.terminate(t)
		l.mu.Lock()
		defer l.mu.Unlock()
		for event, ids := range l.ids {
			if len(slices.Compact(slices.Clone(ids))) != 1 {
				t.Errorf("%s came as %v, want one id", event, ids)
			}
		}
	})
}
