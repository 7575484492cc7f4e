package embedded

import (
	"fmt"
	"slices"

	"github.com/alicebob/miniredis/v2/server"
)

// conn is what the gate knows of a connection. The server handles the commands
// of a connection one after the other, so it needs no lock.
type conn struct {
	running bool // the gate itself is executing this connection's command
	// MULTI is kept here and not in the server: what reaches the server between
	// MULTI and EXEC must be in the journal as a unit.
	queueing bool
	spoiled  bool
	queue    []command
}

// hook stands before every command the server gets, also those that scripts
// call. It answers true when the command is done with.
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

// connOf gives the state of a connection. It is nil for a peer that the server
// or we made up to act in the place of another: such a peer starts out with a
// state of the server's, a connection without, and is given one here.
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

// newState is what the server keeps of a connection that has done nothing yet. It
// makes one at the first command.
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

// exec runs what was queued since MULTI.
func (r *Redis) exec(p *server.Peer, c *conn) {
	queue, spoiled := c.queue, c.spoiled
	*c = conn{}
	if spoiled {
		p.WriteError("EXECABORT Transaction discarded because of previous errors.")
		return
	}
	r.run(p, c, slices.Concat([]command{{"MULTI"}}, queue, []command{{"EXEC"}})...)
}

// run journals the commands as one record and executes them; the client sees
// the reply to the last. What cannot be journaled is not executed.
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

// record journals cmds if one of them is a write. The text of a script is
// journaled once, ahead of its first use; from then on EVAL is EVALSHA.
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

// refuseInScript lets a script call what the gate would let a client call, but
// for chance: a replay would draw differently.
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
