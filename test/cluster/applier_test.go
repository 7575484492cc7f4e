package cluster

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/test/kit"
)

const (
	// stopTime is how long a Galera server applies nothing.
	stopTime = 7 * time.Second
	users    = 15
	// pause is the time between two requests of a user, for 30 requests in a second.
	pause = 500 * time.Millisecond
)

// user keeps refreshing and checking, each time on the next node.
type user struct {
	kit.Tokens
	turn int
}

// step sends one request and returns the answer. A failed request is repeated with the same
// token, as a client does.
func (u *user) step(nodes []*kit.Node) (what string, answer kit.Response, err error) {
	u.turn++
	node := nodes[u.turn%len(nodes)]
	if u.turn%2 == 0 {
		answer, err = node.TryDo(get("/user/check", u.Access))
		return "check", answer, err
	}
	answer, err = node.TryDo(refreshing(u.Refresh))
	if err == nil && answer.Status == http.StatusOK {
		u.Tokens = answer.Tokens()
	}
	return "refresh", answer, err
}

// While one Galera server serves reads and applies nothing for a while, no authorized
// request is refused: not by a node that reads old rows, and not by one that waits for new
// ones.
func TestGalera_applierStops(t *testing.T) {
	galera, redis := startGalera(t, 3), startRedis(t)
	galera[0].exec(t, "CREATE DATABASE ua CHARACTER SET utf8mb4")
	until(t, time.Minute, "the database", func() bool { _, err := galera[1].db.Exec("USE ua"); return err == nil })
	nodes := together(t, []kit.Stores{
		{Redis: redis.addr, DataSource: galera[0].dsn("ua")}, {Redis: redis.addr, DataSource: galera[1].dsn("ua")},
	})
	n := rounds(1, 3)
	var all tally
	for range n {
		everybody := make([]*user, users)
		for i := range everybody {
			_, tokens := enroll(t, nodes[0])
			everybody[i] = &user{Tokens: tokens, turn: i}
		}
		var ended atomic.Bool
		var going sync.WaitGroup
		stop := func() {
			ended.Store(true)
			going.Wait()
		}
		t.Cleanup(stop) // before the nodes end
		for _, u := range everybody {
			going.Go(func() {
				for ; !ended.Load(); time.Sleep(pause) {
					what, answer, err := u.step(nodes)
					if err != nil {
						t.Errorf("%s: %v", what, err)
						return
					}
					all.add(fmt.Sprint(what, " ", answer.Status))
					if answer.Status != http.StatusOK && answer.Status != http.StatusServiceUnavailable {
						t.Errorf("an authorized %s gets %d %s", what, answer.Status, answer.Body)
						return
					}
				}
			})
		}
		time.Sleep(time.Second) // of traffic before
		stopApplying(t, galera[1])
		time.Sleep(2 * time.Second) // and after
		stop()
		for i, u := range everybody {
			if t.Failed() {
				break
			}
			if answer := nodes[i%2].Do(refreshing(u.Refresh)); answer.Status != http.StatusOK {
				t.Errorf("afterwards a refresh gets %d %s", answer.Status, answer.Body)
			}
		}
	}
	measured(t, fmt.Sprintf("Galera, a server applies nothing for %v, 30 requests a second on two nodes, %d times", stopTime, n),
		fmt.Sprintf("%d refused with 401; %s", all.of("check 401")+all.of("refresh 401"), all.String()), "0 refused with 401")
}

// stopApplying holds a lock under which a server serves reads and applies nothing.
func stopApplying(t *testing.T, server *maria) {
	t.Helper()
	conn, err := server.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "FLUSH TABLES WITH READ LOCK"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(stopTime)
	if _, err := conn.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
}
