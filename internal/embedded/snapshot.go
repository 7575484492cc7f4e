package embedded

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// snapshotChunk bounds the arguments of one command, and thus of one record.
const snapshotChunk = 1000

// snapshot returns the commands that bring an empty server to the state of db: the scripts, and
// each key with its TTL.
func snapshot(db *miniredis.RedisDB, scripts map[string]string) ([]command, error) {
	var cmds []command
	for _, text := range scripts {
		cmds = append(cmds, command{"SCRIPT", "LOAD", text})
	}
	for _, key := range db.Keys() {
		name, args, err := dump(db, key)
		if err != nil {
			return nil, fmt.Errorf("embedded: snapshot: %w", err)
		}
		for chunk := range slices.Chunk(args, snapshotChunk) {
			cmds = append(cmds, append(command{name, key}, chunk...))
		}
		if ttl := db.TTL(key); ttl > 0 {
			ms := strconv.FormatInt(int64(ttl/time.Millisecond), 10)
			cmds = append(cmds, command{"PEXPIRE", key, ms})
		}
	}
	return cmds, nil
}

// dump returns the command and the arguments that create the value of key.
func dump(db *miniredis.RedisDB, key string) (name string, args []string, err error) {
	switch kind := db.Type(key); kind {
	case "string":
		value, err := db.Get(key)
		return "SET", []string{value}, err
	case "hash":
		fields, err := db.HKeys(key)
		for _, field := range fields {
			args = append(args, field, db.HGet(key, field))
		}
		return "HSET", args, err
	case "list":
		args, err = db.List(key)
		return "RPUSH", args, err
	case "set":
		args, err = db.Members(key)
		return "SADD", args, err
	case "zset":
		scores, err := db.SortedSet(key)
		for member, score := range scores {
			args = append(args, strconv.FormatFloat(score, 'g', -1, 64), member)
		}
		return "ZADD", args, err
	default:
		return "", nil, fmt.Errorf("a key is of type %q", kind)
	}
}
