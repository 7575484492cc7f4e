package smtp

import (
	"context"
	"slices"
	"sync"
	"time"

	"user-api/internal/delivery"
)

// pool keeps connections. There are never more than slots, because a connection is only dialled
// by the holder of a slot that finds none idle.
type pool struct {
	dialer *dialer
	slots  chan struct{}
	idle   time.Duration

	mu     sync.Mutex
	kept   []*connection // the most recently used one at the end
	closed bool
}

func newPool(d *dialer, connections int, idle time.Duration) *pool {
	return &pool{dialer: d, slots: make(chan struct{}, connections), idle: idle}
}

// take waits for a slot and returns a working connection, preferably a kept one. put returns it
// to the pool.
func (p *pool) take(ctx context.Context) (c *connection, reused bool, failure *delivery.SendError) {
	if failure := p.slot(ctx); failure != nil {
		return nil, false, failure
	}
	for c := p.pop(); c != nil; c = p.pop() {
		if c.alive(ctx) {
			return c, true, nil
		}
		c.raw.Close()
	}
	c, failure = p.dial(ctx)
	return c, false, failure
}

// fresh is take without the kept connections.
func (p *pool) fresh(ctx context.Context) (*connection, *delivery.SendError) {
	if failure := p.slot(ctx); failure != nil {
		return nil, failure
	}
	return p.dial(ctx)
}

// slot waits for a slot. A timeout says nothing about the server.
func (p *pool) slot(ctx context.Context) *delivery.SendError {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return delivery.FaultBusy.Err()
	}
}

// dial releases the slot on failure.
func (p *pool) dial(ctx context.Context) (*connection, *delivery.SendError) {
	c, failure := p.dialer.dial(ctx)
	if failure != nil {
		<-p.slots
	}
	return c, failure
}

// put keeps the connection for a while, or closes it.
func (p *pool) put(c *connection) {
	if c.broken || !p.push(c) {
		c.quit()
	}
	<-p.slots
}

func (p *pool) pop() *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.kept) - 1
	if last < 0 {
		return nil
	}
	c := p.kept[last]
	p.kept = p.kept[:last]
	c.expire.Stop()
	return c
}

func (p *pool) push(c *connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.kept = append(p.kept, c)
	c.expire = time.AfterFunc(p.idle, func() { p.drop(c) })
	return true
}

// drop closes an idle connection, unless it was taken when its timer fired.
func (p *pool) drop(c *connection) {
	p.mu.Lock()
	i := slices.Index(p.kept, c)
	if i >= 0 {
		p.kept = slices.Delete(p.kept, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		c.quit()
	}
}

// close closes idle connections; others are closed when they are put back.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	kept := p.kept
	p.kept = nil
	p.mu.Unlock()
	for _, c := range kept {
		c.expire.Stop()
		c.quit()
	}
}
