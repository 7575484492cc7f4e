// Package redisscript runs scripts in a Redis whose slots may be moving.
package redisscript

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// patience is what a script waits for its slot: one of many, which moves within
	// that time.
	patience   = 2 * time.Second
	firstPause = 10 * time.Millisecond
	mostPause  = 160 * time.Millisecond
)

// Run runs a script that returns a list. All keys that it touches have the hash tag of
// the first one.
//
// In a cluster it does not run while its slot moves from one node to another, when each
// has some of the keys: it waits. For that it names a key that is never there, and
// Redis refuses a command in a moving slot that names several keys and finds one of
// them missing, before it has done anything.
func Run(ctx context.Context, rdb redis.UniversalClient, script *redis.Script, keys []string, args ...any) ([]any, error) {
	if !InCluster(rdb) {
		return script.Run(ctx, rdb, keys, args...).Slice()
	}
	keys = append(keys[:len(keys):len(keys)], never(keys[0]))
	var list []any
	err := Wait(ctx, func() (err error) {
		list, err = script.Run(ctx, rdb, keys, args...).Slice()
		return err
	})
	return list, err
}

// Wait calls what is refused while the slot of its several keys moves, until it is not or
// patience ends.
func Wait(ctx context.Context, call func() error) error {
	err := call()
	if err == nil || !moving(err) {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-patient.Done():
			timer.Stop()
			return err
		}
		if err = call(); err == nil || !moving(err) {
			return err
		}
	}
}

// InCluster reports whether a client is of a Redis Cluster.
func InCluster(rdb redis.UniversalClient) bool {
	_, is := rdb.(*redis.ClusterClient)
	return is
}

// never is a key that is never there, in the slot of another.
func never(key string) string {
	_, after, _ := strings.Cut(key, "{")
	tag, _, _ := strings.Cut(after, "}")
	return "ua:never:{" + tag + "}"
}

// moving reports whether an error says that a script did not run because of where its
// slot is: the client follows a slot that has moved only so often.
func moving(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "TRYAGAIN ") || strings.HasPrefix(text, "MOVED ") || strings.HasPrefix(text, "ASK ")
}
