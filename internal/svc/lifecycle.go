package svc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"

	"user-api/internal/clock"
	"user-api/internal/health"
)

const (
	// drainTime is what running sends get after SIGTERM; the process has 10 s.
	drainTime = 7 * time.Second
	tidyEvery = 3 * time.Second
	eraseTime = time.Second
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
	clock    *clock.Clock // nil where the process's own holds
	endSpans func(context.Context) error
}

func newLifecycle() *lifecycle {
	return &lifecycle{draining: make(chan struct{}), drained: make(chan struct{}), stop: func() {}, endSpans: func(context.Context) error { return nil }}
}

// Start reads which sessions have ended, and begins to deliver messages. Checks of
// access tokens are refused until the database could be read once.
func (s *ServiceContext) Start() error {
	ctx, stop := context.WithCancel(context.Background())
	s.life.stop = stop
	if err := s.feed.Read(ctx); err != nil {
		logx.Errorf("svc: checks are refused until the table of revocations can be read: %v", err)
	}
	if err := s.Keys.Pass(ctx); err != nil {
		logx.Errorf("svc: the signing keys cannot be read, or not be made, yet: %v", err)
	}
	s.learnForeign(ctx)
	s.life.done.Go(func() { threading.RunSafe(func() { s.feed.Run(ctx) }) })
	s.life.done.Go(func() { threading.RunSafe(func() { s.Keys.Run(ctx) }) })
	s.life.done.Add(1)
	threading.GoSafe(func() {
		defer s.life.done.Done()
		s.tidy(ctx)
	})
	s.life.done.Go(func() { threading.RunSafe(func() { s.purgeRecords(ctx) }) })
	s.life.done.Go(func() { threading.RunSafe(func() { s.Tally.Run(ctx) }) })
	s.life.done.Go(func() { threading.RunSafe(func() { s.watchRedis(ctx) }) })
	s.life.done.Go(func() { threading.RunSafe(func() { s.watchForeign(ctx) }) })
	if s.Avatars != nil {
		s.life.done.Go(func() { threading.RunSafe(func() { s.Avatars.Run(ctx) }) })
	}
	if s.Devbox != nil {
		s.life.done.Go(func() { threading.RunSafe(func() { s.Devbox.Run(ctx) }) })
	}
	s.life.done.Go(func() { threading.RunSafe(func() { s.Webhooks.Run(ctx) }) })
	s.life.done.Go(func() { threading.RunSafe(func() { s.Factors.Reseal(ctx) }) })
	if err := s.courier.Start(); err != nil {
		return err
	}
	s.life.done.Go(func() { threading.RunSafe(func() { s.life.monitor.Watch(ctx) }) })
	if s.life.clock != nil {
		s.life.done.Go(func() { threading.RunSafe(func() { s.life.clock.Watch(ctx) }) })
	}
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
			var webhooks sync.WaitGroup
			webhooks.Go(func() { s.Webhooks.Drain(ctx) })
			s.life.undrained = s.courier.Drain(ctx)
			webhooks.Wait()
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
	s.closeSenders()
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

// erase takes deleted rows off the disk, or leaves it to tidy: the rows are deleted,
// so nobody need wait.
func (s *ServiceContext) erase(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseTime)
	defer cancel()
	err := s.db.Erase(ctx)
	s.life.unerased.Store(err != nil)
	if err != nil {
		logx.Errorf("svc: erase: %v", err)
	}
}

// tidy deletes rows of sessions long over, and does what could not be done when a user
// was erased.
func (s *ServiceContext) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(s.Sessions.Purge(ctx), s.Signin.ForgetErased(ctx)); err != nil && ctx.Err() == nil {
			logx.Errorf("svc: tidy: %v", err)
		}
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

func (s *ServiceContext) closeStores() error {
	var errs []error
	if s.redis != nil {
		errs = append(errs, s.redis.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	s.endSpans()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("svc: close stores: %w", err)
	}
	return nil
}
