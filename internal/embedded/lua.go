package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	luajson "github.com/alicebob/miniredis/v2/gopher-json"
	"github.com/alicebob/miniredis/v2/server"
	lua "github.com/yuin/gopher-lua"
	luaparse "github.com/yuin/gopher-lua/parse"
)

// The stack of Lua values, which grows where a script passes on many arguments.
const (
	luaStack    = 1 << 10
	luaStackMax = 1 << 18
)

// strict refuses scripts that make or read a global by mistake, as Redis does.
const strict = `
local function fail(_, name) error("Script attempted to use global variable '" .. tostring(name) .. "'", 2) end
setmetatable(_G, {__newindex = fail, __index = fail})
debug = nil`

// luaRunner runs scripts. The server would make a new Lua state for each, which takes
// longer than most scripts do; here one state serves all, as in Redis. Whoever uses it
// holds Redis.mu.
type luaRunner struct {
	front   *server.Server
	scripts map[string]*lua.FunctionProto // by SHA-1
	state   *lua.LState                   // nil after a script that failed

	// A script calls commands as this peer, whose state says that the server's lock is held.
	peer  *server.Peer
	reply bytes.Buffer
	in    *bufio.Reader
}

// newLuaRunner gets the state of a peer inside a script from the server, by having it run one.
func (r *Redis) newLuaRunner() (*luaRunner, error) {
	run := &luaRunner{front: r.front, scripts: map[string]*lua.FunctionProto{}}
	run.peer = server.NewPeer(bufio.NewWriter(&run.reply))
	run.in = bufio.NewReader(&run.reply)
	r.front.SetPreHook(func(p *server.Peer, name string, _ ...string) bool {
		if name == "PING" {
			run.peer.Ctx = p.Ctx
		}
		return false
	})
	r.dispatch(r.own, command{"EVAL", "return redis.call('PING')", "0"})
	r.front.SetPreHook(nil)
	if run.peer.Ctx == nil {
		return nil, errors.New("embedded: redis: the server runs no scripts")
	}
	return run, nil
}

// runScript executes cmd if it is a script that is known, and reports whether it did.
func (r *Redis) runScript(p *server.Peer, cmd command) bool {
	if len(cmd) < 3 || cmd[0] != "EVAL" && cmd[0] != "EVALSHA" {
		return false
	}
	n, err := strconv.Atoi(cmd[2])
	if err != nil || n < 0 || n > len(cmd)-3 {
		return false
	}
	sha := strings.ToLower(cmd[1])
	if cmd[0] == "EVAL" {
		sha = scriptSHA(cmd[1])
	}
	text, known := r.scripts[sha]
	if !known {
		return false
	}
	r.server.Lock()
	defer r.server.Unlock()
	if err := r.lua.run(p, sha, text, cmd[3:3+n], cmd[3+n:]); err != nil {
		p.WriteError("ERR " + strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "ERR "))
	}
	return true
}

func (r *luaRunner) run(p *server.Peer, sha, text string, keys, args []string) error {
	proto, err := r.compiled(sha, text)
	if err != nil {
		return err
	}
	if r.state == nil {
		if r.state, err = r.newState(); err != nil {
			return err
		}
	}
	l := r.state
	for name, list := range map[string][]string{"KEYS": keys, "ARGV": args} {
		table := l.CreateTable(len(list), 0)
		for _, each := range list {
			table.Append(lua.LString(each))
		}
		l.G.Global.RawSetString(name, table)
	}
	l.Push(l.NewFunctionFromProto(proto))
	if err := l.PCall(0, 1, nil); err != nil {
		r.state.Close()
		r.state = nil
		if failed, ok := errors.AsType[*lua.ApiError](err); ok {
			return errors.New(failed.Object.String())
		}
		return err
	}
	answer := l.Get(-1)
	l.Pop(1)
	writeLua(p, answer)
	return nil
}

func (r *luaRunner) compiled(sha, text string) (*lua.FunctionProto, error) {
	if proto, ok := r.scripts[sha]; ok {
		return proto, nil
	}
	chunk, err := luaparse.Parse(strings.NewReader(text), "user_script")
	if err != nil {
		return nil, err
	}
	proto, err := lua.Compile(chunk, "user_script")
	if err != nil {
		return nil, err
	}
	r.scripts[sha] = proto
	return proto, nil
}

func (r *luaRunner) newState() (*lua.LState, error) {
	l := lua.NewState(lua.Options{RegistrySize: luaStack, RegistryMaxSize: luaStackMax, RegistryGrowStep: luaStack})
	for _, name := range []string{"io", "os", "dofile", "loadfile", "require", "module", "package", "channel"} {
		l.SetGlobal(name, lua.LNil)
	}
	l.Push(l.NewFunction(luajson.Loader))
	l.Call(0, 1)
	l.SetGlobal("cjson", l.Get(-1))
	l.Pop(1)
	l.SetGlobal("redis", l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"call":         func(l *lua.LState) int { return r.call(l, true) },
		"pcall":        func(l *lua.LState) int { return r.call(l, false) },
		"status_reply": func(l *lua.LState) int { l.Push(status("ok", l.CheckString(1))); return 1 },
		"error_reply": func(l *lua.LState) int {
			text := strings.TrimPrefix(l.CheckString(1), "-")
			if !strings.Contains(text, " ") {
				text = "ERR " + text
			}
			l.Push(status("err", text))
			return 1
		},
	}))
	if err := l.DoString(strict); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// call is redis.call, which fails with the script, and redis.pcall, which returns what
// went wrong.
func (r *luaRunner) call(l *lua.LState, failing bool) int {
	cmd := make(command, l.GetTop())
	for i := range cmd {
		switch v := l.Get(i + 1).(type) {
		case lua.LString:
			cmd[i] = string(v)
		case lua.LNumber:
			cmd[i] = v.String()
		default:
			l.RaiseError("Lua redis lib command arguments must be strings or integers")
		}
	}
	if len(cmd) == 0 {
		l.RaiseError("Please specify at least one argument for this redis lib call")
	}
	r.reply.Reset()
	r.in.Reset(&r.reply)
	r.front.Dispatch(r.peer, cmd)
	r.peer.Flush()
	reply, err := server.ParseReply(r.in)
	switch {
	case err == nil:
		l.Push(toLua(l, reply))
	case failing:
		l.Error(lua.LString(err.Error()), 0)
	default:
		l.Push(status("err", err.Error()))
	}
	return 1
}

// toLua is a reply of the server as Redis shows it to scripts: nil is false.
func toLua(l *lua.LState, reply any) lua.LValue {
	switch v := reply.(type) {
	case nil:
		return lua.LFalse
	case int:
		return lua.LNumber(v)
	case int64:
		return lua.LNumber(v)
	case []byte:
		return lua.LString(v)
	case string:
		return lua.LString(v)
	case server.Simple:
		return status("ok", string(v))
	case []any:
		table := l.CreateTable(len(v), 0)
		for _, each := range v {
			table.Append(toLua(l, each))
		}
		return table
	}
	l.RaiseError("a reply of type %T", reply)
	return nil
}

// writeLua answers with what a script has returned: a list ends at the first nil, and a
// number loses its fraction.
func writeLua(p *server.Peer, value lua.LValue) {
	switch v := value.(type) {
	case lua.LBool:
		if v {
			p.WriteInt(1)
		} else {
			p.WriteNull()
		}
	case lua.LNumber:
		p.WriteInt(int(v))
	case lua.LString:
		p.WriteBulk(string(v))
	case *lua.LTable:
		if text := v.RawGetString("err"); text != lua.LNil {
			p.WriteError(text.String())
		} else if text := v.RawGetString("ok"); text != lua.LNil {
			p.WriteInline(text.String())
		} else {
			n := 0
			for v.RawGetInt(n+1) != lua.LNil {
				n++
			}
			p.WriteLen(n)
			for i := range n {
				writeLua(p, v.RawGetInt(i+1))
			}
		}
	case *lua.LNilType:
		p.WriteNull()
	default:
		p.WriteError(fmt.Sprintf("ERR a script returned a %s", value.Type()))
	}
}

// status is a table of one field, as Redis has it for status and error replies.
func status(field, text string) *lua.LTable {
	table := &lua.LTable{}
	table.RawSetString(field, lua.LString(text))
	return table
}
