package store_test

import (
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"user-api/internal/store"
)

// The ways in which a patient handles INCR and EVALSHA.
const (
	answer  int32 = iota
	hang          // says nothing
	cut           // closes the connection
	hangAll       // never responds to any command
)

// patient is a Redis that can be made to fail. It counts the INCR and EVALSHA that reach
// it.
type patient struct {
	*miniredis.Miniredis
	mode  atomic.Int32
	count atomic.Int32
	done  chan struct{}
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{Miniredis: miniredis.NewMiniRedis(), done: make(chan struct{})}
	p.RequireAuth("secret")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.hook()
	t.Cleanup(func() {
		close(p.done)
		p.Close()
	})
	return p
}

func (p *patient) hook() {
	p.Server().SetPreHook(func(peer *server.Peer, cmd string, _ ...string) bool {
		mode := p.mode.Load()
		counts := cmd == "INCR" || cmd == "EVALSHA"
		if counts {
			p.count.Add(1)
		}
		switch {
		case mode == hangAll, mode == hang && counts:
			<-p.done
			return true
		case mode == cut && counts:
			peer.Close()
			return true
		}
		return false
	})
}

func (p *patient) node(kind string) store.RedisNode {
	return store.RedisNode{Host: p.Addr(), Type: kind, Pass: "secret"}
}
