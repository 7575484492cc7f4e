package interop

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/test/kit"
)

// place is somewhere a caller is let in by its access token: a node, or a consumer.
type place struct{ name, url string }

// load is people who call every place, one call after the other, and refresh their
// tokens in time.
type load struct {
	t      *testing.T
	nodes  [2]*kit.App
	places []place
	now    func() time.Time
	// fresh is how old a token may be that is still used.
	fresh time.Duration

	rounds    atomic.Int64 // of calls, over all people
	refreshes atomic.Int64 // at the nodes in turn
	// kids are the keys whose tokens were let in everywhere, each with the number of the
	// last refresh by then.
	kids sync.Map
	stop chan struct{}
	wait sync.WaitGroup
}

// newLoad is about two nodes and consumers beside them.
func newLoad(t *testing.T, now func() time.Time, fresh time.Duration, a, b *kit.App, consumers ...place) *load {
	places := append([]place{{"one node", a.URL + "/user/check"}, {"the other node", b.URL + "/user/check"}}, consumers...)
	return &load{t: t, nodes: [2]*kit.App{a, b}, places: places, now: now, fresh: fresh, stop: make(chan struct{})}
}

// ask calls a place and returns the status, and what it says.
func (l *load) ask(p place, token string) (int, string, error) {
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, p.url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Now", strconv.FormatInt(l.now().UnixMilli(), 10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// everywhere calls each place, and tells which refused.
func (l *load) everywhere(token string) error {
	for _, p := range l.places {
		status, text, err := l.ask(p, token)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	l.rounds.Add(1)
	l.kids.Store(kid(token), l.refreshes.Load())
	return nil
}

// begin signs people in and has them call until end.
func (l *load) begin(people int) {
	for i := range people {
		tokens := l.nodes[i%2].SignIn(fmt.Sprintf("+9198200%05d", i))
		l.wait.Go(func() {
			if err := l.person(tokens); err != nil {
				l.t.Errorf("a caller is refused: %v", err)
			}
		})
	}
}

// person calls until told to stop.
func (l *load) person(tokens kit.Tokens) error {
	since := l.now()
	for {
		select {
		case <-l.stop:
			return nil
		default:
		}
		if l.now().Sub(since) >= l.fresh {
			resp, err := l.nodes[l.refreshes.Add(1)%2].TryDo(kit.Request{Method: http.MethodPost, Path: "/user/refresh", Body: object{"refreshToken": tokens.Refresh}})
			if err == nil && resp.Status != http.StatusOK {
				err = fmt.Errorf("%d %s", resp.Status, resp.Body)
			}
			if err != nil {
				return fmt.Errorf("refresh: %w", err)
			}
			tokens, since = resp.Tokens(), l.now()
		}
		if err := l.everywhere(tokens.Access); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond) // leaves something of the machine to other tests
	}
}

func (l *load) end() {
	close(l.stop)
	l.wait.Wait()
}

// soon waits until everyone has called every place with what holds now.
func (l *load) soon(people int) {
	l.t.Helper()
	n := l.rounds.Load()
	l.nodes[0].Await("calls", func() bool { return l.rounds.Load() >= n+int64(2*people) || l.t.Failed() })
}

// retired waits until no node signs with a key any more, and nobody uses what it signed.
func (l *load) retired(id string) {
	l.t.Helper()
	l.nodes[0].Await("tokens of another key", func() bool {
		last, _ := l.kids.Load(id)
		return l.refreshes.Load()-last.(int64) >= 8*people || l.t.Failed()
	})
}

// kid is the id of the key that signed a token.
func kid(token string) string {
	var header struct{ Kid string }
	head, _, _ := strings.Cut(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(head)
	_ = json.Unmarshal(text, &header) // of what is no token there is none
	return header.Kid
}
