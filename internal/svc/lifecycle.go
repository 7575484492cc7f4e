package svc

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"

	"user-api/internal/health"
)

const (
	// drainTime is what running sends get after SIGTERM; the process has 10 s.
	drainTime      = 7 * time.Second
	reconcileEvery = 3 * time.Second
	eraseTime      = time.Second
)

// lifecycle is the state of what runs in the background.
type lifecycle struct {
	drain    sync.Once
	draining chan struct{}
	drained  chan struct{}
	// undrained is why sends still run, once drained is closed.
	undrained error
	stop      context.CancelFunc
	// unerased means that deleted rows are still on the disk.
	unerased atomic.Bool
	done     sync.WaitGroup
	monitor  *health.Monitor
}

func newLifecycle() *lifecycle {
	return &lifecycle{draining: make(chan struct{}), drained: make(chan struct{}), stop: func() {}}
}

// Start begins to deliver and to reconcile.
func (s *ServiceContext) Start() error {
	ctx, stop := context.WithCancel(context.Background())
	s.life.stop = stop
	s.life.done.Add(1)
	threading.GoSafe(func() {
		defer s.life.done.Done()
		s.reconcile(ctx)
	})
	s.life.done.Go(func() { threading.RunSafe(func() { s.purgeRecords(ctx) }) })
	if err := s.courier.Start(); err != nil {
		return err
	}
	s.life.done.Go(func() { threading.RunSafe(func() { s.life.monitor.Watch(ctx) }) })
	return nil
}

// Drain turns readiness off and lets running sends finish in the background;
// what is queued stays queued. Requests are still served.
func (s *ServiceContext) Drain() {
	s.life.drain.Do(func() {
		close(s.life.draining)
		s.life.monitor.Stop() // or the queue would be found to be down
		go func() {
			defer close(s.life.drained)
			ctx, cancel := context.WithTimeout(context.Background(), drainTime)
			defer cancel()
			s.life.undrained = s.courier.Drain(ctx)
		}()
	})
}

// Close drains, stops the background and closes the stores, also of a context that
// was never started.
func (s *ServiceContext) Close() error {
	s.Drain()
	<-s.life.drained
	s.life.stop()
	s.life.done.Wait()
	s.life.monitor.Close()
	s.drainRecords()
	if s.life.undrained != nil {
		// A worker that still runs must not lose its Redis; both end with the process.
		logx.Errorf("svc: drain: %v", s.life.undrained)
		return nil
	}
	if s.mail != nil {
		s.mail.Close()
	}
	return s.closeStores()
}

// Draining reports whether the process is about to end.
func (s *ServiceContext) Draining() bool {
	select {
	case <-s.life.draining:
		return true
	default:
		return false
	}
}

// erase takes deleted rows off the disk, or leaves it to the next pass of
// reconcile: the rows are deleted, so nobody need wait.
func (s *ServiceContext) erase(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseTime)
	defer cancel()
	err := s.db.Erase(ctx)
	s.life.unerased.Store(err != nil)
	if err != nil {
		logx.Errorf("svc: erase: %v", err)
	}
}

// reconcile repairs revocations whose second write is missing, and purges. The
// first pass covers every access token that can still be alive.
func (s *ServiceContext) reconcile(ctx context.Context) {
	since := s.Now().Add(-s.Config.Auth.AccessExpire.Duration())
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		next, err := s.Sessions.Reconcile(ctx, since)
		if err != nil && ctx.Err() == nil {
			logx.Errorf("svc: reconcile sessions: %v", err)
		}
		since = next
		if s.life.unerased.Load() {
			s.erase(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
