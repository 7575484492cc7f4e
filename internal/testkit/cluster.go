package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// cluster is shared by the tests of a package: a node refuses writes for two seconds after
// its start, which is too long for each test.
var cluster struct {
	start  sync.Once
	server *redisServer
	dir    string
	err    error
}

// ClusterRedis returns an empty Redis Cluster of one node, which refuses commands that span
// slots. The package's TestMain must be Main, and its tests must not run in parallel.
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
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{cluster.server.addr}, DialTimeout: maxWait, ReadTimeout: maxWait, WriteTimeout: maxWait, PoolTimeout: maxWait,
	})
	t.Cleanup(func() { client.Close() })
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	return &Redis{Client: client, Clock: NewClock(), Addr: cluster.server.addr}
}

// Main runs a package's tests and stops the shared servers.
func Main(m *testing.M) {
	code := m.Run()
	if cluster.server != nil {
		cluster.server.end()
		os.RemoveAll(cluster.dir)
	}
	os.Exit(code)
}

// ClusterOf starts a Redis Cluster of n masters, which ends with the test, and returns a
// client for each.
func ClusterOf(t testing.TB, n int) (masters []*redis.Client) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	for range n {
		server, err := startMaster(program, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(patientOptions(server.addr))
		t.Cleanup(func() {
			client.Close()
			server.end()
		})
		masters = append(masters, client)
	}
	if err := join(masters); err != nil {
		t.Fatal(err)
	}
	return masters
}

func startCluster(program string) (err error) {
	if cluster.dir, err = os.MkdirTemp("", "cluster"); err != nil {
		return err
	}
	if cluster.server, err = startMaster(program, cluster.dir); err != nil {
		return err
	}
	node := redis.NewClient(patientOptions(cluster.server.addr))
	defer node.Close()
	return join([]*redis.Client{node})
}

// startMaster starts a server that does not belong to a cluster yet.
func startMaster(program, dir string) (*redisServer, error) {
	bus, reservation, err := reservePort()
	if err != nil {
		return nil, err
	}
	server, err := startRedis(program, dir, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
	if err != nil {
		reservation.Close()
		return nil, err
	}
	server.bus = reservation
	return server, nil
}

// join makes the masters one cluster with equal shares of the slots, and waits until all
// know each other.
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
	for begin := time.Now(); time.Since(begin) < maxWait; time.Sleep(10 * time.Millisecond) {
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
	}
	return errors.New("the cluster did not become ready")
}
