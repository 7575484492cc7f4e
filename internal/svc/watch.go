package svc

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/periodic"
	"user-api/internal/rewind"
	"user-api/model"
)

const (
	watchInterval = time.Second
	watchTimeout  = 3 * time.Second
	// maxClockSkew is the maximum difference between the clocks of two nodes.
	maxClockSkew = time.Minute
	quietMillis  = 5000
)

// watch detects that Redis was restored to an earlier state, and treats its data as unknown
// then.
type watch struct {
	marks *rewind.Watch
	// forgotten is the time since which sends must be charged again; nil means never.
	forgotten *time.Time
	rows      *model.CacheGeneration
	log       *logx.LessLogger
}

func (s *ServiceContext) newWatch(rows *model.CacheGeneration) *watch {
	w := &watch{rows: rows, log: logx.NewLessLogger(quietMillis)}
	w.marks = rewind.New(rewind.Options{
		Redis: s.redis.Client, Marks: model.NewMarkModel(s.db.Conn), Now: s.Now,
		Lost: func(ctx context.Context, since time.Time) error {
			w.forgotten = &since
			if since.IsZero() {
				return nil // Redis is empty, so clients have to request new codes
			}
			return s.Challenges.Lost(ctx)
		},
	})
	return w
}

// watchRedis checks every second. The embedded Redis belongs to this process and ends with
// it.
func (s *ServiceContext) watchRedis(ctx context.Context) {
	if s.redis.Embedded() {
		return
	}
	periodic.Run(ctx, watchInterval, nil, func() {
		if err := s.checkRedis(ctx); err != nil && ctx.Err() == nil {
			s.watch.log.Errorf("svc: watch of Redis: %v", err)
		}
	})
}

// checkRedis is one pass. A loss makes unknown the challenges and counters (see
// otp.Challenges.Lost), the cached rows, and the shared limits and budgets, which the
// database can restore.
func (s *ServiceContext) checkRedis(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, watchTimeout)
	defer cancel()
	passed := s.watch.marks.Pass(ctx)
	loss, err := s.Challenges.Loss(ctx)
	if err != nil {
		return errors.Join(passed, err)
	}
	s.watch.rows.Begin(loss)
	return errors.Join(passed, s.chargeForgotten(ctx))
}

// chargeForgotten charges the sends that are no longer counted.
func (s *ServiceContext) chargeForgotten(ctx context.Context) error {
	if s.watch.forgotten == nil {
		return nil
	}
	since := s.watch.forgotten.Add(-maxClockSkew)
	err := s.guard.Restore(ctx, func(ctx context.Context, window time.Duration) (map[string]int64, error) {
		from := s.Now().Add(-window)
		if from.Before(since) {
			from = since
		}
		return s.Timeline.Asked(ctx, from)
	})
	if err == nil {
		s.watch.forgotten = nil
	}
	return err
}
