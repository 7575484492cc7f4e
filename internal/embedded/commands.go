package embedded

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
)

// class is how the hook treats a command.
type class int

const (
	free    class = iota // changes no data: passed to the server
	write                // journaled, then executed
	refused              // cannot be replayed, or not with the same result
)

// The commands that change data and that, replayed in the same order at the same server time,
// change it in the same way. A command that is neither here, nor in the list below, nor marked
// read-only by the server is refused: no change goes unnoticed.
//
// SUNIONSTORE and similar commands, BITOP, LMOVE and (in hasDate) SET EXAT are left out on
// purpose: the server differs from Redis there, makes empty keys, or leaves traces of deleted
// keys, which a snapshot cannot represent.
var writes = wordSet(`
	APPEND DECR DECRBY GETDEL GETEX GETSET INCR INCRBY INCRBYFLOAT MSET
	MSETNX PSETEX SET SETBIT SETEX SETNX SETRANGE
	HDEL HINCRBY HINCRBYFLOAT HMSET HSET HSETNX
	LINSERT LMPOP LPOP LPUSH LPUSHX LREM LSET LTRIM RPOP RPOPLPUSH RPUSH
	RPUSHX
	SADD SMOVE SREM
	ZADD ZINCRBY ZMPOP ZPOPMAX ZPOPMIN ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK
	ZREMRANGEBYSCORE
	DEL EXPIRE EXPIREAT FLUSHALL FLUSHDB PERSIST PEXPIRE PEXPIREAT RENAME
	RENAMENX UNLINK
	EVAL EVAL_RO EVALSHA`)

// The commands that change no data although the server does not mark them read-only.
var harmless = wordSet(`
	AUTH CLIENT CLUSTER COMMAND DISCARD ECHO EXEC HELLO INFO MEMORY MULTI OBJECT
	PING PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE QUIT SUBSCRIBE TIME UNSUBSCRIBE
	UNWATCH`)

// The reads with a random result. A script must not depend on them.
var random = wordSet(`HRANDFIELD RANDOMKEY SRANDMEMBER ZRANDMEMBER`)

// classify returns the class of cmd, whose name is in upper case.
func (r *Redis) classify(cmd command) class {
	name := cmd[0]
	switch {
	case hasDate(cmd):
		return refused
	case writes[name], isScript(cmd, "LOAD"):
		return write
	case harmless[name], isScript(cmd, "EXISTS"):
		return free
	case name == "SELECT" && len(cmd) == 2 && cmd[1] == "0":
		return free
	}
	if r.front.IsReadOnlyCommand(name) || !r.front.IsRegisteredCommand(name) {
		return free
	}
	return refused
}

// hasDate reports whether cmd sets an absolute expiry time of a string.
func hasDate(cmd command) bool {
	if cmd[0] != "SET" && cmd[0] != "GETEX" {
		return false
	}
	first := 2
	if cmd[0] == "SET" {
		first = 3 // after the value, which may be any text
	}
	options := cmd[min(len(cmd), first):]
	return slices.ContainsFunc(options, func(option string) bool {
		return strings.EqualFold(option, "EXAT") || strings.EqualFold(option, "PXAT")
	})
}

func isScript(cmd command, sub string) bool {
	return cmd[0] == "SCRIPT" && len(cmd) > 1 && strings.EqualFold(cmd[1], sub)
}

// scriptText returns the Lua text that cmd loads into the server.
func scriptText(cmd command) (string, bool) {
	switch {
	case (cmd[0] == "EVAL" || cmd[0] == "EVAL_RO") && len(cmd) > 1:
		return cmd[1], true
	case isScript(cmd, "LOAD") && len(cmd) == 3:
		return cmd[2], true
	}
	return "", false
}

// scriptSHA returns the name of a script for EVALSHA.
func scriptSHA(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}
