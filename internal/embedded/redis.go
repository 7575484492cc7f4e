// Package embedded holds the two stores inside the process that make a single binary a working
// service: a Redis (miniredis without a port, with its own clock and journal) and SQLite.
//
// Both survive kill -9: everything a client got a reply to is still there when the next process
// opens the same folder. Both are meant for a single process; a second one is refused (Redis)
// or waits (SQLite).
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
	// A tick takes time proportional to the number of keys, so the pause after it is at least
	// pauseFactor times as long, up to maxPause.
	pauseFactor = 20
	maxPause    = 2 * time.Second
)

type (
	// RedisOptions configure a Redis.
	RedisOptions struct {
		// Dir is the data folder, created with mode 0700 if missing. Empty means memory only.
		Dir string
		// Now is the clock that expires keys. It must be safe for concurrent use.
		Now func() time.Time
		// CompactAt is the growth of the journal, in bytes, after which it is rewritten as a
		// snapshot; 0 means 2 MiB, some 10,000 commands, which take about two seconds to
		// replay. It is at least a quarter of the data.
		CompactAt int64
	}

	// Redis is a Redis server inside the process. Only this process can connect to it, with
	// Dial: there is no port and no socket file. It supports strings, hashes, lists, sets and
	// sorted sets of database 0, scripts, MULTI and pub/sub. What cannot be replayed from the
	// journal (streams, HyperLogLog, hash field TTLs, blocking and random writes, WATCH) is
	// refused with an error. Scripts must be deterministic: no math.random, and no dependency
	// on the order of an object decoded by cjson.
	//
	// Durability: each change is written to the journal, in order, before it is executed and
	// answered, and immediately handed to the operating system, so a killed process loses
	// nothing. An fsync follows once a second, so a power loss may lose the last second.
	//
	// Memory: miniredis keeps a version number per key name until a restart, about 100 bytes
	// for each name ever used.
	Redis struct {
		server *miniredis.Miniredis
		// front holds the server's connections. The server drops it on close, when commands may
		// still be running.
		front  *server.Server
		now    func() time.Time
		unlock func() error
		own    *server.Peer // a client without a connection

		// mu makes the order of the journal the order of execution. It is held during both, and
		// during a tick; reads never take it.
		mu      sync.Mutex
		clock   time.Time
		journal *journal
		scripts map[string]string // SHA-1 in hex → text
		lua     *luaRunner

		serving sync.Mutex // guards closed, and the start of each connection
		closed  bool

		conns sync.Map // *server.Peer → *conn
		stop  chan struct{}
		tasks sync.WaitGroup
		once  sync.Once
	}
)

// StartRedis starts a Redis and restores the journal in o.Dir, except for what has expired
// since. It fails if another process uses the folder, or if the journal is damaged anywhere but
// in a torn last record, which was never acknowledged.
func StartRedis(o RedisOptions) (*Redis, error) {
	r := &Redis{
		server:  miniredis.NewMiniRedis(),
		now:     o.Now,
		unlock:  func() error { return nil },
		scripts: map[string]string{},
		stop:    make(chan struct{}),
	}
	// Dial starts the server without a port.
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

// Dial returns a connection to the server.
func (r *Redis) Dial() net.Conn {
	client, server := newPipe()
	r.Serve(server)
	return client
}

// Serve serves a connection until it ends. It returns immediately.
func (r *Redis) Serve(conn net.Conn) {
	r.serving.Lock()
	defer r.serving.Unlock()
	if r.closed {
		_ = conn.Close()
		return
	}
	r.front.ServeConn(&framedConn{Conn: conn})
}

// Close stops the server, closes its connections and releases the folder. It is idempotent.
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
			r.tryCompact() // the next start then has nothing to replay
			err = r.journal.close()
		}
		err = errors.Join(err, r.unlock())
	})
	return err
}

// Tick sets the server's time and expires keys. It runs about ten times a second; tests that
// advance their clock call it.
func (r *Redis) Tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.advance(r.now())
}

// advance moves the server's clock. It uses wall time: unlike the monotonic clock it continues
// while the machine sleeps, and the next process compares with it. Whole milliseconds, the unit
// of the journal and of PEXPIRE, make a replay exact. A clock that is set back expires nothing.
func (r *Redis) advance(to time.Time) {
	to = time.UnixMilli(to.UnixMilli()).UTC()
	if passed := to.Sub(r.clock); passed > 0 && !r.clock.IsZero() {
		r.server.FastForward(passed)
	}
	r.server.SetTime(to)
	r.clock = to
}

// compact rewrites the journal as a snapshot of the current data.
func (r *Redis) compact() error {
	cmds, err := snapshot(r.server.DB(0), r.scripts)
	if err != nil {
		return err
	}
	return r.journal.rewrite(r.clock, cmds)
}

// tryCompact compacts and logs a failure, which only costs disk space and time at the next
// start: the old file stays in use.
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

// load locks the folder, replays the journal and starts a new one.
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

// silentPeer returns a client whose replies are discarded. With the state of another peer it
// acts for that peer.
func silentPeer(state any) *server.Peer {
	p := server.NewPeer(bufio.NewWriter(io.Discard))
	p.Ctx = state
	return p
}
