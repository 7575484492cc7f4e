package cluster

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// startRedisCluster starts a Redis Cluster of three masters, each with a replica.
func startRedisCluster(t *testing.T) []*store {
	t.Helper()
	need(t, "redis-server", "redis-cli")
	var all []*store
	args := []string{"--cluster", "create"}
	for range 6 {
		r := startRedis(t, "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(testkit.FreePort(t)), "--cluster-node-timeout", "2000",
			"--repl-diskless-sync-delay", "0")
		all = append(all, r)
		args = append(args, r.addr)
	}
	if out, err := exec.Command("redis-cli", append(args, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput(); err != nil {
		t.Fatalf("redis-cli: %v\n%s", err, out)
	}
	for _, r := range all {
		until(t, time.Minute, "the cluster", func() bool {
			// A replica without data does not take over.
			replication := r.client.Info(t.Context(), "replication").Val()
			return strings.Contains(r.client.ClusterInfo(t.Context()).Val(), "cluster_state:ok") &&
				(strings.Contains(replication, "state=online") || strings.Contains(replication, "master_link_status:up"))
		})
	}
	return all
}

// masterOf returns the master that holds a key.
func masterOf(t *testing.T, all []*store, key string) *store {
	t.Helper()
	for _, r := range all {
		if r.client.Exists(t.Context(), key).Err() == nil && strings.Contains(r.client.Info(t.Context(), "replication").Val(), "role:master") {
			return r
		}
	}
	t.Fatalf("no master has %s", key)
	return nil
}

// A master of a Redis Cluster is killed under load without losing anything: ended sessions
// end on the other node in time, signed-in users continue, and codes work again once the
// replica has taken over.
func TestRedisCluster_masterKilled(t *testing.T) {
	all := startRedisCluster(t)
	dsn := newDatabase(t)
	nodes := together(t, []kit.Stores{{DataSource: dsn}, {DataSource: dsn}},
		kit.Option(fmt.Sprintf("CacheRedis: [{Host: %q, Type: cluster}, {Host: %q, Type: cluster}]", all[0].addr, all[1].addr)))
	p := &pair{t: t, here: nodes[0], away: nodes[1]}
	p.crown(dsn, all...)
	var ended atomic.Bool
	var going sync.WaitGroup
	var counts tally
	stop := func() {
		ended.Store(true)
		going.Wait()
	}
	t.Cleanup(stop) // before the nodes end
	for i := range users {
		_, tokens := enroll(t, p.here)
		u := &user{Tokens: tokens, turn: i}
		going.Go(func() {
			for ; !ended.Load(); time.Sleep(pause) {
				what, answer, err := u.step(nodes)
				if err != nil || answer.Status != http.StatusOK && answer.Status != http.StatusServiceUnavailable {
					t.Errorf("an authorized %s gets %d %s, %v", what, answer.Status, answer.Body, err)
					return
				}
				counts.add(fmt.Sprint(answer.Status))
			}
		})
	}
	trials := p.trials()
	masterOf(t, all, "ua:otp:{ua}:any").kill() // it holds all codes
	killed := time.Now()
	worst := p.end(t, trials)
	until(t, time.Minute, "codes", func() bool { return sendsCodes(p.here) && sendsCodes(p.away) })
	codes := time.Since(killed)
	p.here.SignIn(phone())
	stop()
	measured(t, "Redis Cluster of six, the master of the codes killed under load", fmt.Sprintf("in force on a second node within %d ms; codes again after %.1f s; %s",
		worst.Milliseconds(), codes.Seconds(), counts.String()), "5 s; nobody refused")
}
