package authztest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// keep is how far back the feed goes: longer than the lifetime of a token.
const keep = Life + 30*time.Second

// event is an entry of the feed.
type event struct {
	ID        string `json:"id"`
	At        int64  `json:"at"`
	Kind      string `json:"kind"`
	UserID    int64  `json:"userId,omitempty"`
	SessionID string `json:"sessionId,omitempty"`
	Role      string `json:"role,omitempty"`
	KeyID     string `json:"keyId,omitempty"`

	epoch int
}

func (i *Issuer) nextID() string { return fmt.Sprintf("%012d", len(i.events)+1) }

// serveFeed holds a request until there is news or its time is up.
func (i *Issuer) serveFeed(w http.ResponseWriter, r *http.Request) {
	if id, secret, ok := r.BasicAuth(); !ok || id != clientID || secret != clientSecret {
		w.Header().Set("WWW-Authenticate", "Basic")
		answer(w, http.StatusUnauthorized, map[string]string{"code": "unauthorized"})
		return
	}
	after, err := strconv.Atoi(r.URL.Query().Get("after"))
	reset := err != nil
	seconds, _ := strconv.Atoi(r.URL.Query().Get("wait")) // 0 if missing
	who := r.UserAgent()

	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		panic(http.ErrAbortHandler)
	}
	i.followers[who] = follower{read: after, conn: r.Context().Value(connection{})}
	i.changed.Broadcast()
	asked := i.now
	if !reset {
		if !i.hold(r, after, time.Duration(seconds)*time.Second) {
			return // the client has disconnected
		}
	}
	if i.down {
		panic(http.ErrAbortHandler)
	}
	page := map[string]any{
		"events": i.since(after), "next": strconv.Itoa(i.visible), "more": false, "reset": reset, "age": i.age(),
		"waited": max(i.now.Sub(asked).Milliseconds(), 0), "completeUntil": i.now.UnixMilli() - i.age(), "keep": int(keep / time.Second),
	}
	answer(w, http.StatusOK, page)
}

// hold waits until there is more than a follower has read, and reports whether the follower
// is still connected. i.mu must be held.
func (i *Issuer) hold(r *http.Request, after int, wait time.Duration) bool {
	over := false
	wake := func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		over = true
		i.changed.Broadcast()
	}
	timer := time.AfterFunc(wait, wake)
	defer timer.Stop()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-r.Context().Done():
			wake()
		case <-stop:
		}
	}()
	for i.visible <= after && !over && !i.down {
		i.changed.Wait()
	}
	return r.Context().Err() == nil
}

// since returns the published entries after those that were read.
func (i *Issuer) since(after int) []event {
	events := []event{}
	for _, e := range i.events {
		if e.epoch > after && e.epoch <= i.visible {
			events = append(events, e)
		}
	}
	return events
}

// age returns how long ago the feed was complete, in ms.
func (i *Issuer) age() int64 {
	if i.late.IsZero() {
		return 0
	}
	return i.now.Sub(i.late).Milliseconds()
}

func (i *Issuer) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL(), "jwks_uri": i.URL() + "/.well-known/jwks.json", "token_endpoint": i.URL() + "/oauth/token",
		"authorization_endpoint": i.URL() + "/oauth/authorize", "response_types_supported": []string{"code"},
	})
}

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := []map[string]string{}
	for _, k := range i.keys {
		keys = append(keys, k.public)
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	answer(w, http.StatusOK, map[string]any{"keys": keys})
}

// serveCheck answers with the current state, however late the feed is.
func (i *Issuer) serveCheck(w http.ResponseWriter, r *http.Request) {
	raw := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.sessions[i.tokens[raw]]
	switch {
	case s == nil:
		answer(w, http.StatusUnauthorized, map[string]string{"code": "unauthorized"})
	case s.ended || i.users[s.User.ID].barred:
		answer(w, http.StatusUnauthorized, map[string]string{"code": "session_ended"})
	default:
		answer(w, http.StatusOK, map[string]any{
			"active": true, "userId": s.User.ID, "sessionId": s.ID, "role": i.roleOf(s), "expiresIn": int(Life / time.Second),
		})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the consumer may have left
}
