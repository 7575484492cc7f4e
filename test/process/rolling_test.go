package process

import (
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	rollingRate     = 120 // requests a second
	rollingRestarts = 4
	rollingUsers    = 12
)

// load sends different requests at a steady rate, and counts the failed ones.
type load struct {
	mu     sync.Mutex
	failed map[string]int
	asked  int
	users  chan kit.Tokens
	wait   sync.WaitGroup
}

// Two nodes behind an nginx with keep-alive connections and without readiness checks are
// restarted in turn under load: no request fails. A refresh is sent only once, so that only
// the service's own shutdown is tested.
func TestRolling(t *testing.T) {
	t.Parallel()
	// On a busy machine nginx may notice late that a connection has ended.
	both := newTwoNodes(t, testkit.MySQL(t), testkit.StartRedisServer(t), edit{"\nDrain: 1\n", "\nDrain: 3\n"})
	front := &process{url: newBalancer(t, both.nodes[:]...).url}
	l := &load{failed: map[string]int{}, users: make(chan kit.Tokens, rollingUsers)}
	for n := range rollingUsers {
		l.users <- both.nodes[n%2].signIn(t, number(n))
	}
	begun := time.Now()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		l.run(front, stop)
	}()
	for restart := range rollingRestarts {
		i := restart % 2
		both.nodes[i].signal(t, syscall.SIGTERM)
		both.nodes[i].endsWell(t, time.Now())
		both.nodes[i] = both.homes[i].startAt(t, portOf(t, both.nodes[i].url))
	}
	close(stop)
	<-done
	took := time.Since(begun)
	t.Logf("%d requests in %v, %d restarts, failed: %v", l.asked, took.Round(time.Millisecond), rollingRestarts, l.failed)
	if len(l.failed) > 0 {
		t.Errorf("of %d requests failed: %v, want none", l.asked, l.failed)
	}
	if least := rollingRestarts * rollingRate / 4; l.asked < least { // more than a restart takes in any case
		t.Errorf("only %d requests were made in %v, want %d at least", l.asked, took, least)
	}
}

// run sends requests until stop is closed, and waits for the last answer.
func (l *load) run(front *process, stop <-chan struct{}) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(time.Second / rollingRate)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			l.wait.Wait()
			return
		case <-tick.C:
		}
		l.wait.Go(func() { l.ask(client, front, n) })
	}
}

// ask sends one request: one in eight is a refresh, which changes something.
func (l *load) ask(client *http.Client, front *process, n int) {
	user := <-l.users
	defer func() { l.users <- user }()
	method, path, bearer, body := http.MethodGet, "/user/check", user.Access, any(nil)
	switch n % 8 {
	case 0:
		method, path, bearer, body = http.MethodPost, "/user/refresh", "", object{"refreshToken": user.Refresh}
	case 1, 2, 3:
		path = "/user/info"
	}
	resp, err := front.doWith(client, method, path, bearer, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	switch {
	case err != nil:
		l.failed[fmt.Sprintf("%s: %v", path, err)]++
	case resp.Status != http.StatusOK:
		l.failed[fmt.Sprintf("%s: %d %.80s", path, resp.Status, resp.Body)]++
	case path == "/user/refresh":
		user = resp.Tokens()
	}
}
