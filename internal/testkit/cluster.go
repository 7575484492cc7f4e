package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// cluster is shared by the tests of a package: a node refuses to write for two
// seconds after its start, which is long for each of them.
var cluster struct {
	start  sync.Once
	server *exec.Cmd
	addr   string
	err    error
}

// ClusterRedis gives an empty Redis Cluster of one node, which refuses whatever
// spans two slots. The package's TestMain is Main, and its tests take turns.
func ClusterRedis(t testing.TB) *Redis {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	cluster.start.Do(func() { cluster.err = startCluster(program) })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{cluster.addr}})
	t.Cleanup(func() { client.Close() })
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	return &Redis{Client: client, Clock: NewClock(), Addr: cluster.addr}
}

// Main runs a package's tests and ends what they share.
func Main(m *testing.M) {
	code := m.Run()
	if cluster.server != nil {
		endRedis(cluster.server)
		os.RemoveAll(cluster.server.Dir)
	}
	os.Exit(code)
}

// ClusterOf starts a Redis Cluster of n masters, which ends with the test, and returns
// a client of each.
func ClusterOf(t testing.TB, n int) (masters []*redis.Client) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	for range n {
		server, addr, err := startMaster(program, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(&redis.Options{Addr: addr})
		t.Cleanup(func() {
			client.Close()
			endRedis(server)
		})
		masters = append(masters, client)
	}
	if err := join(masters); err != nil {
		t.Fatal(err)
	}
	return masters
}

func startCluster(program string) error {
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		return err
	}
	cluster.server, cluster.addr, err = startMaster(program, dir)
	if err != nil {
		return err
	}
	cluster.server.Dir = dir
	node := redis.NewClient(&redis.Options{Addr: cluster.addr})
	defer node.Close()
	return join([]*redis.Client{node})
}

// startMaster starts a server that is in no cluster yet.
func startMaster(program, dir string) (server *exec.Cmd, addr string, err error) {
	bus, err := freeAddr()
	if err != nil {
		return nil, "", err
	}
	_, busPort, _ := net.SplitHostPort(bus)
	return startRedis(program, dir, "--cluster-enabled", "yes", "--cluster-port", busPort)
}

// join makes the masters one cluster, each with as many slots, and waits until every
// one knows of all.
func join(masters []*redis.Client) error {
	const slots = 16384
	ctx := context.Background()
	for i, master := range masters {
		first, last := i*slots/len(masters), (i+1)*slots/len(masters)-1
		if err := master.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", first, last).Err(); err != nil {
			return err
		}
		host, port, _ := net.SplitHostPort(master.Options().Addr)
		bus := master.ConfigGet(ctx, "cluster-port").Val()["cluster-port"]
		for _, other := range masters[:i] {
			if err := other.Do(ctx, "CLUSTER", "MEET", host, port, bus).Err(); err != nil {
				return err
			}
		}
	}
	for range 2000 {
		ready := 0
		for _, master := range masters {
			info := master.ClusterInfo(ctx).Val()
			if strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_size:%d\r", len(masters))) {
				ready++
			}
		}
		if ready == len(masters) {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the cluster does not become ready")
}
