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

// The kinds of RedisNode.
const (
	TypeCluster = "cluster"
	TypeNode    = "node"
)

// DefaultRedisLimits are those of RedisOptions without any, but for the PoolSize, which
// is 16 for each core and no less than 32.
var DefaultRedisLimits = RedisLimits{IdleTime: 5 * time.Minute, DialTimeout: time.Second, ReadTimeout: 1500 * time.Millisecond}

const (
	embeddedReadTimeout = 3 * time.Second
	// embeddedAddr is for names in traces alone: nothing listens.
	embeddedAddr = "embedded"
	// redisPoolTimeout is longer than any request: in a burst a command waits for
	// a connection as long as its caller does, for waiting is no failure of Redis.
	redisPoolTimeout = 30 * time.Second

	minPool     = 32
	poolPerCore = 16

	// A cluster client may follow this many MOVED and ASK answers.
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
		// Host is host:port; for a cluster also several, separated by commas.
		Host string
		// Type is TypeNode (also when empty) or TypeCluster.
		Type       string
		User, Pass string
		// TLS encrypts and verifies the server's certificate against its host and
		// the roots of the system.
		TLS bool
	}

	// RedisOptions says which Redis to open.
	RedisOptions struct {
		// Nodes is empty for the Redis inside the process; else one node, or any
		// number of seeds of one cluster, alike in all but the host.
		Nodes []RedisNode
		// DataDir and Now are for the Redis inside the process; see
		// embedded.RedisOptions.
		DataDir string
		Now     func() time.Time
		// Limits are those of connections; for what is zero DefaultRedisLimits hold.
		Limits RedisLimits
	}

	// RedisLimits bound the connections to each server.
	RedisLimits struct {
		// PoolSize is how many there are at most, and IdleTime how long one is kept
		// that is not used.
		PoolSize int
		IdleTime time.Duration
		// DialTimeout bounds connecting, and ReadTimeout the wait for an answer.
		DialTimeout, ReadTimeout time.Duration
	}

	// clientLog is go-redis's way to the log.
	clientLog struct{}
)

// logRedis hands go-redis's log, one for the whole process, to ours.
var logRedis = sync.OnceFunc(func() { redis.SetLogger(clientLog{}) })

// OpenRedis opens the configured Redis. A remote one that does not answer is no
// error: the service goes on from the database until it does.
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
		logx.Errorf("%v; going on without", err)
	}
	return r, nil
}

// Close ends all connections, and the embedded server.
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

// Embedded reports whether it is the Redis inside the process.
func (r *Redis) Embedded() bool { return r.embedded != nil }

// Ping asks whether Redis answers.
func (r *Redis) Ping(ctx context.Context) error {
	if err := r.Client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("store: redis: %w", err)
	}
	return nil
}

// Tick makes the embedded Redis take over the time of its clock at once. A
// remote one has a clock of its own, and this does nothing.
func (r *Redis) Tick() {
	if r.embedded != nil {
		r.embedded.Tick()
	}
}

// Printf implements go-redis's logger. Of what it says only the fixed words are
// kept, so that nothing of a command or an address can get into the log.
func (clientLog) Printf(ctx context.Context, format string, _ ...any) {
	logx.WithContext(ctx).Debug("redis client: " + format)
}

func openEmbedded(o RedisOptions) (*Redis, error) {
	server, err := embedded.StartRedis(embedded.RedisOptions{Dir: o.DataDir, Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	limits := o.Limits.orDefault()
	// It does not hang: an answer that takes long says that this machine is busy.
	limits.ReadTimeout = max(limits.ReadTimeout, embeddedReadTimeout)
	options := clientOptions(limits, func(context.Context, string, string) (net.Conn, error) {
		return finalConn{server.Dial()}, nil
	})
	options.Addrs = []string{embeddedAddr}
	return &Redis{Client: newClient(options, false), embedded: server}, nil
}

// clientOptions never send a command a second time, since most of ours count: go-redis's
// retries are off, and those that its cluster client does by itself end at finalConn.
func clientOptions(limits RedisLimits, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Dialer: dial, DialTimeout: limits.DialTimeout, DialerRetries: 1,
		ReadTimeout: limits.ReadTimeout, WriteTimeout: limits.ReadTimeout, PoolTimeout: redisPoolTimeout,
		ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: maxRedirects,
		PoolSize:        limits.PoolSize,
		ConnMaxIdleTime: limits.IdleTime,
		NewClient:       newNodeClient,
		// RESP2, no notifications: RESP3 brings nothing we use, costs a system
		// call for every command, and go-redis hangs on its short pushes.
		Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// newClient builds the client. Each server has a breaker of its own.
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
	client.AddHook(togetherHook{client})
	client.AddHook(breakerHook{newRedisBreaker()})
	client.AddHook(latencyHook{})
	return client
}

// seeds checks that nodes are one Redis and lists their addresses.
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
