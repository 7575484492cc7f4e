package embedded

import (
	"fmt"
	"slices"

	"github.com/alicebob/miniredis/v2/server"
)

// conn is the hook's state of a connection. The server handles the commands of a connection one
// at a time, so it needs no lock.
type conn struct {
	running bool // the hook itself is executing this connection's command
	// MULTI is handled here and not in the server, because the commands of a transaction must
	// be one record of the journal.
	queueing bool
	spoiled  bool
	queue    []command
}

// hook is called before every command, including those of scripts. It returns true if it has
// handled the command.
func (r *Redis) hook(p *server.Peer, name string, args ...string) bool {
	cmd := append(command{name}, args...)
	c := r.connOf(p)
	switch {
	case c == nil:
		return r.refuseInScript(p, cmd)
	case c.running:
		return false
	}
	return r.gate(p, c, cmd)
}

// connOf returns the state of a connection. It is nil for a peer that the server or we created
// to act for another one: such a peer has server state from the start. A connection has none
// and gets it here.
func (r *Redis) connOf(p *server.Peer) *conn {
	if c, ok := r.conns.Load(p); ok {
		return c.(*conn)
	}
	if p.Ctx != nil {
		return nil
	}
	c := &conn{}
	p.Ctx = r.newState()
	r.conns.Store(p, c)
	p.OnDisconnect(func() { r.conns.Delete(p) })
	return c
}

// newState returns the server's state of a new connection. The server creates it at the first
// command.
func (r *Redis) newState() any {
	p := silentPeer(nil)
	r.conns.Store(p, &conn{running: true})
	defer r.conns.Delete(p)
	r.dispatch(p, command{"PING"})
	return p.Ctx
}

func (r *Redis) gate(p *server.Peer, c *conn, cmd command) bool {
	kind := r.classify(cmd)
	switch {
	case kind == refused:
		c.spoiled = c.queueing
		refuse(p, cmd)
	case c.queueing && cmd[0] == "EXEC":
		r.exec(p, c)
	case c.queueing && cmd[0] == "DISCARD":
		*c = conn{}
		p.WriteOK()
	case c.queueing && cmd[0] == "MULTI":
		p.WriteError("ERR MULTI calls can not be nested")
	case c.queueing:
		c.queue = append(c.queue, cmd)
		p.WriteInline("QUEUED")
	case cmd[0] == "MULTI" && len(cmd) == 1:
		c.queueing = true
		p.WriteOK()
	case kind == write:
		r.run(p, c, cmd)
	default:
		return false
	}
	return true
}

// exec runs the commands that were queued since MULTI.
func (r *Redis) exec(p *server.Peer, c *conn) {
	queue, spoiled := c.queue, c.spoiled
	*c = conn{}
	if spoiled {
		p.WriteError("EXECABORT Transaction discarded because of previous errors.")
		return
	}
	r.run(p, c, slices.Concat([]command{{"MULTI"}}, queue, []command{{"EXEC"}})...)
}

// run journals the commands as one record and executes them; the client gets the reply to the
// last one. Commands that cannot be journaled are not executed.
func (r *Redis) run(p *server.Peer, c *conn, cmds ...command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal != nil && r.journal.size >= r.journal.limit {
		r.tryCompact()
	}
	if err := r.record(cmds); err != nil {
		p.WriteError(fmt.Sprintf("MISCONF the embedded Redis cannot write its journal: %v", err))
		return
	}
	c.running = true
	defer func() { c.running = false }()
	last := len(cmds) - 1
	if last > 0 {
		proxy := silentPeer(p.Ctx)
		for _, cmd := range cmds[:last] {
			r.dispatch(proxy, cmd)
		}
	}
	if last > 0 || !r.runScript(p, cmds[0]) {
		r.dispatch(p, cmds[last])
	}
}

// record journals cmds if one of them is a write. The text of a script is journaled once,
// before its first use; from then on EVAL is journaled as EVALSHA.
func (r *Redis) record(cmds []command) error {
	if !slices.ContainsFunc(cmds, func(cmd command) bool { return r.classify(cmd) == write }) {
		return nil
	}
	var loads, rest []command
	for _, cmd := range cmds {
		text, ok := scriptText(cmd)
		if !ok {
			rest = append(rest, cmd)
			continue
		}
		sha := scriptSHA(text)
		if _, known := r.scripts[sha]; !known {
			loads = append(loads, command{"SCRIPT", "LOAD", text})
		}
		if cmd[0] != "SCRIPT" {
			byName := command{"EVALSHA" + cmd[0][len("EVAL"):], sha}
			rest = append(rest, append(byName, cmd[2:]...))
		}
	}
	if r.journal != nil && len(loads)+len(rest) > 0 {
		if err := r.journal.append(entry{at: r.clock, cmds: append(loads, rest...)}); err != nil {
			return err
		}
	}
	for _, load := range loads {
		r.scripts[scriptSHA(load[2])] = load[2]
		r.dispatch(r.own, load)
	}
	return nil
}

// refuseInScript refuses in scripts what the hook refuses to clients, and random reads, which a
// replay would answer differently.
func (r *Redis) refuseInScript(p *server.Peer, cmd command) bool {
	if r.classify(cmd) != refused && !random[cmd[0]] {
		return false
	}
	refuse(p, cmd)
	return true
}

func refuse(p *server.Peer, cmd command) {
	p.WriteError(fmt.Sprintf("ERR the embedded Redis does not run '%s' here: it could not be replayed", cmd[0]))
}
