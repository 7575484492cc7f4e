package testkit

import (
	"context"
	"errors"
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

func startCluster(program string) error {
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		return err
	}
	bus, err := freeAddr()
	if err != nil {
		return err
	}
	_, busPort, _ := net.SplitHostPort(bus)
	cluster.server, cluster.addr, err = startRedis(program, dir, "--cluster-enabled", "yes", "--cluster-port", busPort)
	if err != nil {
		return err
	}
	cluster.server.Dir = dir
	node := redis.NewClient(&redis.Options{Addr: cluster.addr})
	defer node.Close()
	ctx := context.Background()
	if err := node.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		return err
	}
	for range 1000 {
		if strings.Contains(node.ClusterInfo(ctx).Val(), "cluster_state:ok") {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the cluster does not become ready")
}
