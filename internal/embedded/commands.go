package embedded

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
)

// class says what the gate does with a command.
type class int

const (
	free    class = iota // changes no data: straight to the server
	write                // journaled, then executed
	refused              // could not be replayed, or not with the same outcome
)

// The commands that change data and, run again in the same order at the same
// server time, change it in the same way. A command of the server that is
// neither here, nor in the list below, nor marked read-only by the server is
// refused: nothing changes data unseen.
//
// Left out on purpose are SUNIONSTORE and its like, BITOP, LMOVE, and in hasDate
// SET EXAT: where the server departs from Redis in these, it makes empty keys, or
// leaves traces of a key that is gone, and no snapshot could tell.
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

// The commands that change no data but are not marked so by the server.
var harmless = wordSet(`
	AUTH CLIENT CLUSTER COMMAND DISCARD ECHO EXEC HELLO INFO MEMORY MULTI OBJECT
	PING PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE QUIT SUBSCRIBE TIME UNSUBSCRIBE
	UNWATCH`)

// The reads whose answer is chance. A script must not build on one.
var random = wordSet(`HRANDFIELD RANDOMKEY SRANDMEMBER ZRANDMEMBER`)

// classify tells the class of cmd; its name is in capitals.
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

// hasDate reports whether cmd gives a string a date to expire at.
func hasDate(cmd command) bool {
	if cmd[0] != "SET" && cmd[0] != "GETEX" {
		return false
	}
	first := 2
	if cmd[0] == "SET" {
		first = 3 // after the value, which may read as it likes
	}
	options := cmd[min(len(cmd), first):]
	return slices.ContainsFunc(options, func(option string) bool {
		return strings.EqualFold(option, "EXAT") || strings.EqualFold(option, "PXAT")
	})
}

func isScript(cmd command, sub string) bool {
	return cmd[0] == "SCRIPT" && len(cmd) > 1 && strings.EqualFold(cmd[1], sub)
}

// scriptText gives the Lua text that cmd makes known to the server.
func scriptText(cmd command) (string, bool) {
	switch {
	case (cmd[0] == "EVAL" || cmd[0] == "EVAL_RO") && len(cmd) > 1:
		return cmd[1], true
	case isScript(cmd, "LOAD") && len(cmd) == 3:
		return cmd[2], true
	}
	return "", false
}

// scriptSHA is the name that EVALSHA calls a script by.
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
