package cluster

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/model"
	"user-api/test/faults"
	"user-api/test/kit"
)

// failure is a state of the stores, or of the connection to the service.
type failure struct {
	name       string
	begin, end func(w *watched)
	// blind says that the other node, or the consumer, cannot know what is done here: the
	// consumer then rejects everyone.
	blind bool
}

const (
	ofRedis    = "Redis, "
	ofDatabase = "database, "
	pageOf     = "../../docs/failures.md"
)

// failures lists those of docs/failures.md, and then those of one of two nodes.
var failures = []failure{
	redisSet("OOM", "maxmemory", "1", "0"),
	{ofRedis + "READONLY", func(w *watched) { w.redis.do(w.t, "REPLICAOF", "127.0.0.1", "1") },
		func(w *watched) { w.redis.do(w.t, "REPLICAOF", "NO", "ONE") }, false},
	redisSays("MISCONF", faults.Unsaved),
	redisSet("NOREPLICAS", "min-replicas-to-write", "1", "0"),
	redisSays("LOADING", faults.Loading),
	lines(ofRedis+"gone", (*kit.Line).Cut, func(w *watched) []*kit.Line { return w.redisLines }, false),
	lines(ofRedis+"hung", (*kit.Line).Stall, func(w *watched) []*kit.Line { return w.redisLines }, false),
	{ofDatabase + "1290 read-only", func(w *watched) { w.db.exec(w.t, "SET GLOBAL read_only = 1") },
		func(w *watched) { w.db.exec(w.t, "SET GLOBAL read_only = 0") }, false},
	databaseSays("1792 read-only transaction", faults.ReadOnlyTransaction),
	databaseSays("1021 disk full", faults.DiskFull),
	databaseSays("1114 table full", faults.TableFull),
	databaseSays("1040 too many connections", faults.TooManyClients),
	databaseSays("1205 lock wait, once", faults.LockWaitOnce),
	databaseSays("1205 lock wait", faults.LockWait),
	databaseSays("1213 deadlock, once", faults.DeadlockOnce),
	databaseSays("1213 deadlock", faults.Deadlock),
	lines(ofDatabase+"gone", (*kit.Line).Cut, func(w *watched) []*kit.Line { return w.dbLines }, false),
	lines(ofDatabase+"hung", (*kit.Line).Stall, func(w *watched) []*kit.Line { return w.dbLines }, false),
	lines("the other node has lost its database", (*kit.Line).Cut, func(w *watched) []*kit.Line { return w.dbLines[1:] }, false),
	lines("the other node has lost both stores", (*kit.Line).Cut,
		func(w *watched) []*kit.Line { return []*kit.Line{w.dbLines[1], w.redisLines[1]} }, true),
	lines("the service is hung", (*kit.Line).Stall, func(w *watched) []*kit.Line { return []*kit.Line{w.front} }, true),
}

func redisSet(name, key, on, off string) failure {
	return failure{ofRedis + name, func(w *watched) { w.redis.do(w.t, "CONFIG", "SET", key, on) },
		func(w *watched) { w.redis.do(w.t, "CONFIG", "SET", key, off) }, false}
}

func redisSays(name string, fault faults.RedisFault) failure {
	return failure{ofRedis + name, func(w *watched) { w.proxy.Set(fault) }, func(w *watched) { w.proxy.Clear() }, false}
}

func databaseSays(name string, fault faults.SQLFault) failure {
	return failure{ofDatabase + name, func(w *watched) { w.sql.Set(fault) }, func(w *watched) { w.sql.Clear() }, false}
}

func lines(name string, fail func(*kit.Line), of func(*watched) []*kit.Line, blind bool) failure {
	return failure{name, func(w *watched) {
		for _, line := range of(w) {
			fail(line)
		}
	}, func(w *watched) {
		for _, line := range of(w) {
			line.Restore(w.t)
		}
	}, blind}
}

// A change confirmed by one node takes effect within five seconds at a service that follows
// the other one, in every state of the stores, whether it was made just before or during
// it; and active sessions are accepted. If neither can be known, all are rejected.
func TestConsumer(t *testing.T) {
	w := newWatched(t)
	worst := map[bool]time.Duration{} // by whether it is blind
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			w.t = t
			took := w.suffer(f)
			t.Logf("in force within %v", took.Round(time.Millisecond))
			worst[f.blind] = max(worst[f.blind], took)
		})
	}
	w.t = t
	const what, promised = "In force at a service that follows a second node, ", "5 s"
	measured(t, what+"the states of docs/failures.md", fmt.Sprintf("%d ms at most", worst[false].Milliseconds()), promised)
	measured(t, what+"which has lost both stores, or hangs: nobody is let in", fmt.Sprintf("%d ms at most", worst[true].Milliseconds()), promised)
	measured(t, what+"which is killed, and that goes on at another", fmt.Sprintf("%d ms at most", w.moveOn().Milliseconds()), promised)
}

// suffer applies half of the changes before the failure begins and the other half during
// it, and returns the longest time until the consumer knew.
func (w *watched) suffer(f failure) (worst time.Duration) {
	w.t.Helper()
	alive := []victim{{act: acts[0], who: w.member(model.RoleUser)}, {act: acts[3], who: w.member(model.RoleAdmin)}}
	early, late := w.victims(), w.victims()
	early, refused := w.do(early)
	if len(refused) > 0 {
		w.t.Fatalf("%d are refused without a failure", len(refused))
	}
	ended, living := after, before
	if f.blind { // earlier changes may have arrived
		ended = func(v victim) []int { return []int{v.after, http.StatusServiceUnavailable} }
		living = func(victim) []int { return []int{http.StatusServiceUnavailable} }
	}
	f.begin(w)
	var meanwhile sync.WaitGroup
	meanwhile.Go(func() { worst = w.awaitAll(early, ended, "done before") })
	done, refused := w.do(late)
	if f.blind && len(refused) > 0 {
		w.t.Errorf("%d are refused at an unaffected node", len(refused))
	}
	worstDone := w.awaitAll(done, ended, "done meanwhile")
	meanwhile.Wait()
	worst = max(worst, worstDone)
	w.awaitAll(append(alive, refused...), living, "who lives")
	f.end(w)
	until(w.t, time.Minute, "both stores", func() bool { return w.writes(w.here) && w.writes(w.away) })
	w.remain(append(early, done...))
	w.awaitAll(alive, before, "who lives, afterwards")
	return worst
}

// writes reports whether a node can write to both stores.
func (w *watched) writes(n *kit.Node) bool {
	renamed := n.Do(with("PATCH", "/user/info", w.boss.Access, object{"displayName": name()}))
	return renamed.Status == http.StatusOK && sendsCodes(n)
}

// moveOn kills the node that the consumer follows: it continues with the other one, and no
// ended session is forgotten.
func (w *watched) moveOn() (worst time.Duration) {
	w.t.Helper()
	victims := w.victims()
	early, late := victims[:2], victims[2:]
	w.do(early)
	w.front.Lead(strings.TrimPrefix(w.here.URL, "http://"))
	w.away.Kill()
	w.do(late)
	return w.awaitAll(victims, after, "at the next node")
}

// Each state of the table in docs/failures.md is tested.
func TestConsumer_states(t *testing.T) {
	page, err := os.ReadFile(pageOf)
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, f := range failures {
		tried[f.name] = true
	}
	tables := regexp.MustCompile(`(?m)^(Redis|Database): .*\n\n\| route \| (.*) \|$`).FindAllStringSubmatch(string(page), -1)
	if len(tables) != 2 {
		t.Fatalf("%s has %d tables", pageOf, len(tables))
	}
	for _, table := range tables {
		store := map[string]string{"Redis": ofRedis, "Database": ofDatabase}[table[1]]
		for _, state := range strings.Split(table[2], " | ") {
			if !tried[store+state] {
				t.Errorf("no consumer test for the state %q", store+state)
			}
		}
	}
}
