package config

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

type (
	// Database configures the connections to MySQL; SQLite ignores it.
	Database struct {
		// MaxConns is the maximum number of connections of this process. The sum over all
		// nodes must stay below the server's max_connections.
		MaxConns int `json:",default=32"`
		// ConnLifetime is the maximum age of a connection, 10 to 3600 s. It must be shorter
		// than the idle timeouts of proxies and firewalls.
		ConnLifetime Seconds `json:",default=180"`
		// DialTimeout limits connecting, 1 to 10 s.
		DialTimeout Seconds `json:",default=2"`
		// ReadTimeout limits the wait for a response: 1 to 20 s, and at most three fifths
		// of Timeout, so that a hanging server is distinguished from a late request.
		ReadTimeout Seconds `json:",default=3"`
	}

	// Redis configures the connections to each Redis server.
	Redis struct {
		// PoolSize is the maximum number of connections to one server; 0 means 16 per core,
		// at least 32.
		PoolSize int `json:",default=0"`
		// IdleTime closes an unused connection, 10 to 3600 s.
		IdleTime Seconds `json:",default=300"`
		// DialTimeout limits connecting, 1 to 10 s.
		DialTimeout Seconds `json:",default=1"`
		// ReadTimeout limits the wait for a response, 1 to 10 s; 0 means 1.5 s.
		ReadTimeout Seconds `json:",default=0"`
	}
)

// EffectiveReadTimeout returns ReadTimeout, limited to three fifths of the request timeout.
func (d Database) EffectiveReadTimeout(request Seconds) time.Duration {
	return min(d.ReadTimeout.Duration(), request.Duration()*3/5)
}

// Insecure lists settings that pro refuses unless the operator accepts the risk.
type Insecure struct {
	// Stores allows unencrypted connections to MySQL and Redis on other hosts, for a
	// network that nobody else can read. A password is still required.
	Stores bool `json:",optional"`
}

func (c Config) checkStores(k *checker) {
	c.checkDSN(k, "DataSource", c.DataSource)
	k.option("Migrate", c.Migrate, "auto", "off")
	switch {
	case k.pro && len(c.CacheRedis) == 0 && !c.SingleNode:
		k.add("CacheRedis", "must name a Redis in pro, or SingleNode must be true: the embedded Redis serves only one process")
	case c.SingleNode && len(c.CacheRedis) > 0:
		k.add("SingleNode", "must be left out when CacheRedis is set: it is only for the embedded Redis")
	}
	k.between("Database.MaxConns", int64(c.Database.MaxConns), 2, 1000, "connections")
	k.between("Database.ConnLifetime", int64(c.Database.ConnLifetime), 10, 3600, "seconds")
	k.between("Database.DialTimeout", int64(c.Database.DialTimeout), 1, 10, "seconds")
	k.between("Database.ReadTimeout", int64(c.Database.ReadTimeout), 1, 20, "seconds")
	k.between("Redis.PoolSize", int64(c.Redis.PoolSize), 0, 10_000, "connections")
	k.between("Redis.IdleTime", int64(c.Redis.IdleTime), 10, 3600, "seconds")
	k.between("Redis.DialTimeout", int64(c.Redis.DialTimeout), 1, 10, "seconds")
	k.between("Redis.ReadTimeout", int64(c.Redis.ReadTimeout), 0, 10, "seconds")
	for i, node := range c.CacheRedis {
		c.checkRedisNode(k, element("CacheRedis", i), node)
	}
}

func (c Config) checkRedisNode(k *checker, key string, node RedisNode) {
	k.hostPort(key+".Host", node.Host)
	k.option(key+".Type", node.Type, RedisSingle, RedisCluster)
	first := c.CacheRedis[0]
	if len(c.CacheRedis) > 1 && node.Type == RedisSingle {
		k.add(key+".Type", "must be cluster when there is more than one host")
	}
	if node.User != first.User || node.Pass != first.Pass || node.Tls != first.Tls {
		k.add(key, "must have the User, Pass and Tls of CacheRedis[0]: a cluster has one account")
	}
	host, _, err := net.SplitHostPort(node.Host)
	if !k.pro || err != nil || isLoopback(host) {
		return
	}
	if !node.Tls && !c.Insecure.Stores {
		k.add(key+".Tls", "must be true in pro, as %s is another host (or Insecure.Stores true)", node.Host)
	}
	if node.Pass == "" {
		k.add(key+".Pass", "is missing, set REDIS_PASSWORD: in pro a Redis on another host needs one")
	}
}

// checkDSN shows neither the DSN nor the driver's error, because both may contain the
// password.
func (c Config) checkDSN(k *checker, key, source string) {
	if source == "" {
		k.add(key, "is missing, set it or DATA_SOURCE")
		return
	}
	if file, ok := strings.CutPrefix(source, SQLitePrefix); ok {
		if file == "" || file[0] == ':' || strings.HasPrefix(file, "file:") || strings.ContainsAny(file, "?#\x00") {
			k.add(key, "must name a file after %q, without ? and #", SQLitePrefix)
		}
		return
	}
	dsn, err := mysql.ParseDSN(source)
	// The parsed network may be the end of a password that contains an @.
	if err != nil || dsn.DBName == "" || !slices.Contains([]string{"tcp", "tcp4", "tcp6", "unix"}, dsn.Net) {
		k.add(key, "must be sqlite:FILE or a MySQL DSN, USER:PASS@tcp(HOST:PORT)/DATABASE, with known parameters (of tls: true, false, preferred, skip-verify)")
		return
	}
	if k.pro {
		c.checkMySQL(k, key, dsn)
	}
}

// checkMySQL validates the protection of a MySQL connection in pro.
func (c Config) checkMySQL(k *checker, key string, dsn *mysql.Config) {
	for _, unsafe := range []struct {
		name string
		on   bool
	}{
		{"allowCleartextPasswords", dsn.AllowCleartextPasswords},
		{"allowFallbackToPlaintext", dsn.AllowFallbackToPlaintext && dsn.TLSConfig != "preferred"},
		{"allowOldPasswords", dsn.AllowOldPasswords},
	} {
		if unsafe.on {
			k.add(key, "must not have %s=true in pro: the password could be intercepted", unsafe.name)
		}
	}
	host, _, err := net.SplitHostPort(dsn.Addr)
	local := dsn.Net == "unix" || err == nil && isLoopback(host)
	switch tls := dsn.TLSConfig; {
	case c.Insecure.Stores:
	case tls == "skip-verify" || tls == "preferred":
		k.add(key, "must not have tls=%s in pro: it does not verify the server (tls=true does)", tls)
	case tls != "true" && !local:
		k.add(key, "must have tls=true in pro, because its server is another host (or Insecure.Stores be true)")
	}
	if !local && dsn.Passwd == "" {
		k.add(key, "must have a password in pro, because its server is another host")
	}
}
