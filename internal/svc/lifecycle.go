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
	"user-api/internal/periodic"
)

const (
	// drainTimeoutout is how long active sends may continue after SIGTERM; the process has 10
	// s.
	drainTimeout = 7 * time.Second
	tidyInterval = 3 * time.Second
	eraseTimeout = time.Second
)

// lifecycle is the state of the background tasks.
type lifecycle struct {
	drain    sync.Once
	draining chan struct{}
	drained  chan struct{}
	// undrained is why sends are still active after drained is closed.
	undrained error
	stop      context.CancelFunc
	// unerased means that deleted rows may still be on the disk.
	unerased atomic.Bool
	done     sync.WaitGroup
	monitor  *health.Monitor
	clock    *clock.Clock // nil to use the process's own clock
	endSpans func(context.Context) error
}

func newLifecycle() *lifecycle {
	return &lifecycle{draining: make(chan struct{}), drained: make(chan struct{}), stop: func() {}, endSpans: func(context.Context) error { return nil }}
}

// Start loads the revocations and starts the background tasks, including delivery. Access
// tokens are refused until the database has been read once.
func (s *ServiceContext) Start() error {
	ctx, stop := context.WithCancel(context.Background())
	s.life.stop = stop
	if err := s.feed.Read(ctx); err != nil {
		logx.Errorf("svc: checks are refused until the table of revocations can be read: %v", err)
	}
	if err := s.Keys.Pass(ctx); err != nil {
		logx.Errorf("svc: the signing keys cannot be read or created yet: %v", err)
	}
	s.learnForeign(ctx) // before the first request
	tasks := []func(context.Context){
		s.feed.Run, s.Keys.Run, s.tidy, s.purgeRecords, s.Tally.Run, s.watchRedis, s.watchForeign, s.Webhooks.Run, s.Factors.Reseal,
	}
	if s.Avatars != nil {
		tasks = append(tasks, s.Avatars.Run)
	}
	if s.Devbox != nil {
		tasks = append(tasks, s.Devbox.Run)
	}
	for _, task := range tasks {
		s.run(ctx, task)
	}
	if err := s.courier.Start(); err != nil {
		return err
	}
	s.run(ctx, s.life.monitor.Watch)
	if s.life.clock != nil {
		s.run(ctx, s.life.clock.Watch)
	}
	return nil
}

// run starts a background task that Close waits for.
func (s *ServiceContext) run(ctx context.Context, task func(context.Context)) {
	s.life.done.Go(func() { threading.RunSafe(func() { task(ctx) }) })
}

// Drain turns readiness off and lets active sends finish in the background; queued messages
// stay queued. Requests are still served.
func (s *ServiceContext) Drain() {
	s.life.drain.Do(func() {
		close(s.life.draining)
		s.life.monitor.Stop() // otherwise the queue would be reported as down
		go func() {
			defer close(s.life.drained)
			ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
			defer cancel()
			var webhooks sync.WaitGroup
			webhooks.Go(func() { s.Webhooks.Drain(ctx) })
			s.life.undrained = s.courier.Drain(ctx)
			webhooks.Wait()
		}()
	})
}

// Close drains, stops the background tasks and closes the stores. It also works if Start
// was never called.
func (s *ServiceContext) Close() error {
	s.Drain()
	<-s.life.drained
	s.life.stop()
	s.life.done.Wait()
	s.life.monitor.Close()
	s.drainRecords()
	if s.life.undrained != nil {
		// An active worker must keep its Redis; both end with the process.
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

// erase removes deleted rows from the disk. On failure tidy retries, so callers need not
// wait.
func (s *ServiceContext) erase(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseTimeout)
	defer cancel()
	err := s.db.Erase(ctx)
	s.life.unerased.Store(err != nil)
	if err != nil {
		logx.Errorf("svc: erase: %v", err)
	}
}

// tidy deletes the rows of old sessions and retries what failed when a user was erased.
func (s *ServiceContext) tidy(ctx context.Context) {
	periodic.Run(ctx, tidyInterval, nil, func() {
		if err := errors.Join(s.Sessions.Purge(ctx), s.Signin.ForgetErased(ctx)); err != nil && ctx.Err() == nil {
			logx.Errorf("svc: tidy: %v", err)
		}
		if s.life.unerased.Load() {
			s.erase(ctx)
		}
	})
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
