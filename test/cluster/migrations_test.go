package cluster

import (
	"fmt"
	"testing"
	"time"

	"user-api/test/kit"
)

// Three nodes that start concurrently on an empty Galera cluster, each on another of its
// servers, all become ready: one creates the tables, and the others wait.
func TestGalera_startAtOnce(t *testing.T) {
	galera, redis := startGalera(t, 3), startRedis(t)
	n := rounds(3, 20)
	var worst time.Duration
	for round := range n {
		database := fmt.Sprint("ua_", round)
		galera[0].exec(t, "CREATE DATABASE "+database+" CHARACTER SET utf8mb4")
		var stores []kit.Stores
		for _, server := range galera {
			until(t, time.Minute, "the database", func() bool {
				_, err := server.db.Exec("USE " + database)
				return err == nil
			})
			stores = append(stores, kit.Stores{Redis: redis.addr, DataSource: server.dsn(database)})
		}
		begin := time.Now()
		nodes := together(t, stores)
		worst = max(worst, time.Since(begin))
		nodes[2].SignIn(phone())
		for _, node := range nodes {
			node.Kill()
		}
		galera[0].exec(t, "DROP DATABASE "+database)
		redis.client.FlushAll(t.Context())
	}
	measured(t, "Three nodes start at once on an empty Galera", fmt.Sprintf("%d of %d rounds, all ready within %.1f s", n, n, worst.Seconds()), "all ready")
}
