// Package embedded holds the two stores that live inside the process, so that
// one binary with nothing beside it is a working service: a Redis (miniredis
// without a port, with a clock and a journal of our own) and SQLite.
//
// Both survive kill -9: whatever a client got an answer to is still there when
// the next process opens the same folder. Neither is meant for more than one
// process; a second one is refused (Redis) or waits its turn (SQLite).
package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	journalName = "redis.journal"
	lockName    = "redis.lock"

	tickEvery = 100 * time.Millisecond
	syncEvery = time.Second
	// A tick costs time in proportion to the number of keys, so the pause after
	// it is at least this many times as long as it took, up to maxPause.
	pauseFactor = 20
	maxPause    = 2 * time.Second
)

type (
	// RedisOptions says where a Redis keeps its data and what it takes for time.
	RedisOptions struct {
		// Dir is the data folder, made if missing (0700). Empty: memory only.
		Dir string
		// Now is the clock that expires keys; safe for use by many goroutines.
		Now func() time.Time
		// CompactAt is by how many bytes the journal may grow before it is rewritten
		// as a snapshot; 0 means 2 MiB, some 10,000 commands, which take about two
		// seconds to replay. It is a quarter of the data where that is more.
		CompactAt int64
	}

	// Redis is a Redis server inside the process, which alone can connect to it, by
	// Dial: there is no port and no socket file. It has strings, hashes, lists, sets
	// and sorted sets of database 0, scripts, MULTI and pub/sub. What could not
	// be replayed from the journal (streams, HyperLogLog, hash field TTLs,
	// blocking and random writes, WATCH) is refused with an error, never half
	// supported. Scripts must be deterministic: no math.random, nothing that hangs
	// on the order of an object that cjson decoded.
	//
	// Durability: each change is written to the journal before it is executed
	// and answered, in the same order, and is handed to the operating system at
	// once. So a killed process loses nothing. The disk is told to keep it once
	// a second (fsync), so a power loss may take the last second.
	//
	// Memory: miniredis keeps a version number per key name for ever, about 100
	// bytes for each name ever used; a restart drops them.
	Redis struct {
		server *miniredis.Miniredis
		// front is the server's connections. The server forgets it as it closes, when
		// commands may still be under way.
		front  *server.Server
		now    func() time.Time
		unlock func() error
		own    *server.Peer // a client without a connection

		// mu makes the order of the journal the order of execution. It is held
		// over both, and over a tick; reads never take it.
		mu      sync.Mutex
		clock   time.Time
		journal *journal
		scripts map[string]string // SHA-1 in hex → text
		lua     *luaRunner

		serving sync.Mutex // over closed, and the begin of each connection
		closed  bool

		conns sync.Map // *server.Peer → *conn
		stop  chan struct{}
		tasks sync.WaitGroup
		once  sync.Once
	}
)

// StartRedis starts a Redis and brings back what the journal in o.Dir holds, minus
// what has expired since. It fails when another
// process uses the folder, and when the journal is damaged anywhere but in a
// torn last record, which was never acknowledged.
func StartRedis(o RedisOptions) (*Redis, error) {
	r := &Redis{
		server:  miniredis.NewMiniRedis(),
		now:     o.Now,
		unlock:  func() error { return nil },
		scripts: map[string]string{},
		stop:    make(chan struct{}),
	}
	// To dial it is what starts it without a port.
	first, err := r.server.Dial()
	if err != nil {
		return nil, fmt.Errorf("embedded: redis: %w", err)
	}
	_ = first.Close()
	r.front = r.server.Server()
	r.own = silentPeer(r.newState())
	if r.lua, err = r.newLuaRunner(); err != nil {
		r.server.Close()
		return nil, err
	}
	if o.Dir != "" {
		if err := r.load(o); err != nil {
			r.server.Close()
			return nil, errors.Join(err, r.unlock())
		}
	}
	r.Tick()
	r.front.SetPreHook(r.hook)
	r.every(tickEvery, r.Tick)
	if r.journal != nil {
		r.every(syncEvery, r.journal.sync)
	}
	return r, nil
}

// Dial connects to it.
func (r *Redis) Dial() net.Conn {
	client, server := newPipe()
	r.Serve(server)
	return client
}

// Serve answers a connection until it ends. It does not wait.
func (r *Redis) Serve(conn net.Conn) {
	r.serving.Lock()
	defer r.serving.Unlock()
	if r.closed {
		_ = conn.Close()
		return
	}
	r.front.ServeConn(&framedConn{Conn: conn})
}

// Close ends the server and its connections and gives the folder free.
// Calling it again does nothing.
func (r *Redis) Close() error {
	var err error
	r.once.Do(func() {
		close(r.stop)
		r.tasks.Wait()
		r.serving.Lock()
		r.closed = true
		r.serving.Unlock()
		r.server.Close()
		if r.journal != nil {
			r.tryCompact() // the next start has nothing to replay then
			err = r.journal.close()
		}
		err = errors.Join(err, r.unlock())
	})
	return err
}

// Tick takes over the time of the clock and expires keys accordingly. It runs
// by itself about ten times a second; tests that move their clock call it.
func (r *Redis) Tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.advance(r.now())
}

// advance moves the server's clock. Wall time is used on purpose: unlike the
// monotonic clock it counts while the machine sleeps, and it is what the next
// process will compare with. Whole milliseconds, the unit of the journal and
// of PEXPIRE, make a replay exact. A clock set back expires nothing.
func (r *Redis) advance(to time.Time) {
	to = time.UnixMilli(to.UnixMilli()).UTC()
	if passed := to.Sub(r.clock); passed > 0 && !r.clock.IsZero() {
		r.server.FastForward(passed)
	}
	r.server.SetTime(to)
	r.clock = to
}

// compact rewrites the journal as a snapshot of what is alive now.
func (r *Redis) compact() error {
	cmds, err := snapshot(r.server.DB(0), r.scripts)
	if err != nil {
		return err
	}
	return r.journal.rewrite(r.clock, cmds)
}

// tryCompact compacts, and if that fails says so. It costs nothing but disk space
// and time at the next start: the old file stays in use.
func (r *Redis) tryCompact() {
	if err := r.compact(); err != nil {
		r.journal.grow()
		logx.Errorf("embedded: compact %s: %v", r.journal.path, err)
	}
}

func (r *Redis) dispatch(p *server.Peer, cmd command) {
	r.front.Dispatch(p, cmd)
}

func (r *Redis) every(pause time.Duration, task func()) {
	r.tasks.Go(func() {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		for {
			select {
			case <-r.stop:
				return
			case <-timer.C:
			}
			begin := r.now()
			task()
			took := r.now().Sub(begin)
			timer.Reset(min(max(pause, pauseFactor*took), max(pause, maxPause)))
		}
	})
}

// load locks the folder, replays the journal and starts a fresh one.
func (r *Redis) load(o RedisOptions) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("embedded: data folder: %w", err)
	}
	unlock, err := tryLock(filepath.Join(o.Dir, lockName))
	if err != nil {
		return fmt.Errorf("embedded: data folder %s: %w", o.Dir, err)
	}
	r.unlock = unlock
	path := filepath.Join(o.Dir, journalName)
	if err := readJournal(path, r.replay); err != nil {
		return err
	}
	r.advance(r.now())
	r.journal = newJournal(path, o.CompactAt)
	return r.compact()
}

func (r *Redis) replay(e entry) {
	r.advance(e.at)
	for _, cmd := range e.cmds {
		if text, ok := scriptText(cmd); ok {
			r.scripts[scriptSHA(text)] = text
		}
		if len(e.cmds) > 1 || !r.runScript(r.own, cmd) {
			r.dispatch(r.own, cmd)
		}
	}
}

// silentPeer is a client whose replies go nowhere. With the state of another
// peer it acts in that peer's place.
func silentPeer(state any) *server.Peer {
	p := server.NewPeer(bufio.NewWriter(io.Discard))
	p.Ctx = state
	return p
}
