package svc

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"
	"golang.org/x/sync/singleflight"

	"user-api/internal/apperr"
	"user-api/internal/store"
	"user-api/model/migrations"
)

const (
	// drainTime is what running sends get after SIGTERM; the process has 10 s.
	drainTime      = 7 * time.Second
	reconcileEvery = 3 * time.Second
	probeTime      = time.Second
	// probeLife is how long what a probe found is answered, so that whoever asks
	// often does not have the stores asked as often.
	probeLife = time.Second
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
	probes   singleflight.Group
	probed   atomic.Pointer[found]
}

// found is what was found of the parts, and when.
type found struct {
	at  time.Time
	err error
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
	s.life.done.Go(func() { threading.RunSafe(func() { s.watchRedis(ctx) }) })
	return s.courier.Start()
}

// Drain turns readiness off and lets running sends finish in the background;
// what is queued stays queued. Requests are still served.
func (s *ServiceContext) Drain() {
	s.life.drain.Do(func() {
		close(s.life.draining)
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

// Ready is nil while the service can do its work; otherwise apperr.Unavailable
// whose field names the part that fails. The parts are asked at most once a second.
func (s *ServiceContext) Ready(ctx context.Context) error {
	if s.draining() {
		return notReady("draining", nil)
	}
	last := s.life.probed.Load()
	if last == nil || s.Now().Sub(last.at).Abs() >= probeLife {
		asked, _, _ := s.life.probes.Do("", func() (any, error) {
			now := &found{s.Now(), s.askParts(context.WithoutCancel(ctx))}
			s.life.probed.Store(now)
			return now, nil
		})
		last = asked.(*found)
	}
	if last.err != nil && s.draining() { // since the first look
		return notReady("draining", nil)
	}
	return last.err
}

// askParts is what the first part says that is not usable.
func (s *ServiceContext) askParts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		return notReady("database", err)
	}
	if pending, err := store.MigrationsPending(ctx, s.db, migrations.FS); err != nil || pending {
		return notReady("migrations", err)
	}
	if err := s.redis.Ping(ctx); err != nil {
		return notReady("redis", err)
	}
	if err := s.courier.Ready(); err != nil {
		return notReady("queue", err)
	}
	return nil
}

func (s *ServiceContext) draining() bool {
	select {
	case <-s.life.draining:
		return true
	default:
		return false
	}
}

func notReady(part string, err error) error {
	return apperr.New(apperr.Unavailable).WithField(part).WithRetryAfter(time.Second).Wrap(err)
}

// erase takes deleted rows off the disk, or leaves it to the next pass of
// reconcile: the rows are deleted, so nobody need wait.
func (s *ServiceContext) erase(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
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
