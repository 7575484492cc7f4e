package svc

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/rewind"
	"user-api/model"
)

const (
	watchEvery = time.Second
	watchTime  = 3 * time.Second
	// clocksApart is how far the clocks of two nodes may be apart.
	clocksApart = time.Minute
	quietMillis = 5000
)

// watch notices that Redis has gone back in time, and has what it then holds treated
// as unknown.
type watch struct {
	marks *rewind.Watch
	// forgotten is since when what was asked for is to be charged anew; nil is never.
	forgotten *time.Time
	rows      *model.Age
	log       *logx.LessLogger
}

func (s *ServiceContext) newWatch(rows *model.Age) *watch {
	w := &watch{rows: rows, log: logx.NewLessLogger(quietMillis)}
	w.marks = rewind.New(rewind.Options{
		Redis: s.redis.Client, Marks: model.NewMarkModel(s.db.Conn), Now: s.Now,
		Lost: func(ctx context.Context, since time.Time) error {
			w.forgotten = &since
			if since.IsZero() {
				return nil // it is empty, and whoever asks for a code begins anew
			}
			return s.Challenges.Lost(ctx)
		},
	})
	return w
}

// watchRedis looks every second. The Redis inside the process belongs to it alone, and
// ends with it.
func (s *ServiceContext) watchRedis(ctx context.Context) {
	if s.redis.Embedded() {
		return
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := s.lookAtRedis(ctx); err != nil && ctx.Err() == nil {
			s.watch.log.Errorf("svc: watch of Redis: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtRedis is one pass: what a loss makes unknown is the challenges and counts, see
// otp.Challenges.Lost, the rows that were cached, and what limits and budgets of many
// have counted since, which the database knows.
func (s *ServiceContext) lookAtRedis(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, watchTime)
	defer cancel()
	passed := s.watch.marks.Pass(ctx)
	loss, err := s.Challenges.Loss(ctx)
	if err != nil {
		return errors.Join(passed, err)
	}
	s.watch.rows.Begin(loss)
	return errors.Join(passed, s.chargeForgotten(ctx))
}

// chargeForgotten charges what was asked for and is no longer counted.
func (s *ServiceContext) chargeForgotten(ctx context.Context) error {
	if s.watch.forgotten == nil {
		return nil
	}
	since := s.watch.forgotten.Add(-clocksApart)
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
