package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/embedded"
)

// The values of RedisNode.Type.
const (
	TypeCluster = "cluster"
	TypeNode    = "node"
)

// DefaultRedisLimits apply where RedisOptions has no limits. The default PoolSize is 16 per
// core, at least 32.
var DefaultRedisLimits = RedisLimits{IdleTime: 5 * time.Minute, DialTimeout: time.Second, ReadTimeout: 1500 * time.Millisecond}

const (
	embeddedReadTimeout = 3 * time.Second
	// embeddedAddr only appears in traces: nothing listens there.
	embeddedAddr = "embedded"
	// redisPoolTimeout exceeds any request timeout: in a burst a command waits for a
	// connection as long as its caller, because waiting is not a failure of Redis.
	redisPoolTimeout = 30 * time.Second

	minPool     = 32
	poolPerCore = 16

	// The maximum number of MOVED and ASK redirects that a cluster client follows.
	maxRedirects = 3
)

type (
	// Redis is an open Redis, remote or embedded.
	Redis struct {
		Client redis.UniversalClient

		embedded *embedded.Redis
	}

	// RedisNode is a Redis server or a seed of a cluster.
	RedisNode struct {
		// Host is host:port; for a cluster it may be several, separated by commas.
		Host string
		// Type is TypeNode (the default) or TypeCluster.
		Type       string
		User, Pass string
		// TLS enables TLS and verifies the server's certificate against its host name and
		// the system's root certificates.
		TLS bool
	}

	// RedisOptions selects the Redis to open.
	RedisOptions struct {
		// Nodes is empty for the embedded Redis; otherwise it is one node, or the seeds of
		// one cluster, which may differ only in the host.
		Nodes []RedisNode
		// DataDir and Now are for the embedded Redis; see embedded.RedisOptions.
		DataDir string
		Now     func() time.Time
		// Limits limits the connections; DefaultRedisLimits replace zero values.
		Limits RedisLimits
	}

	// RedisLimits limits the connections to each server.
	RedisLimits struct {
		// PoolSize is the maximum number of connections, and IdleTime how long an unused
		// one is kept.
		PoolSize int
		IdleTime time.Duration
		// DialTimeout limits connecting, and ReadTimeout the wait for a response.
		DialTimeout, ReadTimeout time.Duration
	}

	// clientLog passes go-redis's log to ours.
	clientLog struct{}
)

// logRedis installs clientLog, which is global to the process.
var logRedis = sync.OnceFunc(func() { redis.SetLogger(clientLog{}) })

// OpenRedis opens the configured Redis. An unavailable remote Redis is not an error: the
// service uses only the database until it responds.
func OpenRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	logRedis()
	if len(o.Nodes) == 0 {
		return openEmbedded(o)
	}
	addrs, err := seeds(o.Nodes)
	if err != nil {
		return nil, err
	}
	node := o.Nodes[0]
	options := clientOptions(o.Limits.orDefault(), dialer(node.TLS))
	options.Addrs, options.Username, options.Password = addrs, node.User, node.Pass
	r := &Redis{Client: newClient(options, node.Type == TypeCluster)}
	if err := r.Ping(ctx); err != nil {
		logx.Errorf("%v; continuing without it", err)
	}
	return r, nil
}

// Close closes all connections and the embedded server.
func (r *Redis) Close() error {
	err := r.Client.Close()
	if r.embedded != nil {
		err = errors.Join(err, r.embedded.Close())
	}
	if err != nil {
		return fmt.Errorf("store: close redis: %w", err)
	}
	return nil
}

// Embedded reports whether it is the embedded Redis.
func (r *Redis) Embedded() bool { return r.embedded != nil }

// Ping checks whether Redis responds.
func (r *Redis) Ping(ctx context.Context) error {
	if err := r.Client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("store: redis: %w", err)
	}
	return nil
}

// Printf implements go-redis's logger. It keeps only the fixed text, so that no part of a
// command or an address gets into the log.
func (clientLog) Printf(ctx context.Context, format string, _ ...any) {
	logx.WithContext(ctx).Debug("redis client: " + format)
}

func openEmbedded(o RedisOptions) (*Redis, error) {
	server, err := embedded.StartRedis(embedded.RedisOptions{Dir: o.DataDir, Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	limits := o.Limits.orDefault()
	// It does not hang: a slow response means that this host is busy.
	limits.ReadTimeout = max(limits.ReadTimeout, embeddedReadTimeout)
	options := clientOptions(limits, func(context.Context, string, string) (net.Conn, error) {
		return finalConn{server.Dial()}, nil
	})
	options.Addrs = []string{embeddedAddr}
	return &Redis{Client: newClient(options, false), embedded: server}, nil
}

// clientOptions returns options that never send a command twice, since most of ours count:
// go-redis's retries are off, and those of its cluster client are prevented by finalConn.
func clientOptions(limits RedisLimits, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Dialer: dial, DialTimeout: limits.DialTimeout, DialerRetries: 1,
		ReadTimeout: limits.ReadTimeout, WriteTimeout: limits.ReadTimeout, PoolTimeout: redisPoolTimeout,
		ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: maxRedirects,
		PoolSize:        limits.PoolSize,
		ConnMaxIdleTime: limits.IdleTime,
		NewClient:       newNodeClient,
		// RESP2 without notifications: RESP3 offers nothing we use, costs a system call per
		// command, and go-redis hangs on its short push messages.
		Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// newClient creates the client. Each server has its own breaker.
func newClient(o *redis.ClusterOptions, cluster bool) redis.UniversalClient {
	if cluster {
		return redis.NewClusterClient(o)
	}
	return newNodeClient(&redis.Options{
		Addr: o.Addrs[0], Username: o.Username, Password: o.Password,
		Dialer: o.Dialer, DialTimeout: o.DialTimeout, DialerRetries: o.DialerRetries,
		ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout,
		ContextTimeoutEnabled: true, MaxRetries: o.MaxRetries,
		PoolSize: o.PoolSize, ConnMaxIdleTime: o.ConnMaxIdleTime,
		Protocol: o.Protocol, DisableIdentity: o.DisableIdentity,
		MaintNotificationsConfig: o.MaintNotificationsConfig,
	})
}

func (l RedisLimits) orDefault() RedisLimits {
	if l.PoolSize <= 0 {
		l.PoolSize = max(minPool, poolPerCore*runtime.GOMAXPROCS(0))
	}
	setDefault(&l.IdleTime, DefaultRedisLimits.IdleTime)
	setDefault(&l.DialTimeout, DefaultRedisLimits.DialTimeout)
	setDefault(&l.ReadTimeout, DefaultRedisLimits.ReadTimeout)
	return l
}

func newNodeClient(o *redis.Options) *redis.Client {
	client := redis.NewClient(o)
	client.AddHook(coalesceHook{client})
	client.AddHook(breakerHook{newRedisBreaker()})
	client.AddHook(latencyHook{})
	return client
}

// seeds checks that all nodes belong to one Redis, and returns their addresses.
func seeds(nodes []RedisNode) ([]string, error) {
	var addrs []string
	first := nodes[0]
	for i, node := range nodes {
		if node.Type != "" && node.Type != TypeNode && node.Type != TypeCluster {
			return nil, fmt.Errorf("store: redis node %d: the type is neither %s nor %s", i, TypeNode, TypeCluster)
		}
		addrs = append(addrs, strings.Split(node.Host, ",")...)
		node.Host = first.Host
		if node != first {
			return nil, fmt.Errorf("store: redis node %d: type, user, password and TLS must be those of the first", i)
		}
	}
	if first.Type != TypeCluster && len(addrs) > 1 {
		return nil, errors.New("store: redis: more than one node must be a cluster")
	}
	return addrs, nil
}
