package svc

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/failure"
	"user-api/internal/keyring"
	"user-api/internal/notice"
	"user-api/internal/periodic"
	"user-api/internal/tally"
	"user-api/internal/timeline"
	"user-api/model"
)

const (
	// recordsTimeout is the time, after the sends, to write the last records.
	recordsTimeout = time.Second
	// noticesTimeout is the time to queue the notices of the last requests, before their
	// records.
	noticesTimeout = 500 * time.Millisecond
	purgeInterval  = 10 * time.Minute
)

// newRecords creates the sinks that store records and returns the event spine to them.
func (s *ServiceContext) newRecords(ring *keyring.Ring) (records *event.Spine, err error) {
	s.Audit, err = audit.New(audit.Options{
		Events: model.NewEventModel(s.db.Conn), Ring: ring, UserOf: s.userOf,
		Retention: config.Days(s.Config.Audit.Retention), Now: s.Now, Rand: s.Rand,
	})
	if err != nil {
		return nil, err
	}
	s.Timeline, err = timeline.New(timeline.Options{
		Steps: model.NewDeliveryModel(s.db.Conn), Ring: ring,
		Retention: config.Days(s.Config.Delivery.Retention), Now: s.Now, Rand: s.Rand,
	})
	if err != nil {
		return nil, err
	}
	s.Tally, err = tally.New(tally.Options{
		Rows: model.NewTallyModel(s.db.Conn, s.db.Dialect.Adding("n")), Retention: config.Days(s.Config.Stats.Retention), Now: s.Now, Rand: s.Rand,
	})
	s.failures = failure.New(failure.Options{Rows: model.NewFailureModel(s.db.Conn), Now: s.Now})
	return event.New(event.NewThrottle(s.Audit, s.Now), s.Timeline, event.Metrics{}, s.Tally), err
}

// PruneRecords deletes expired records and returns how many. It calls each from time to
// time with the number of rows deleted from the current table. It fails with
// model.ErrDenied if the database user may not delete events.
func (s *ServiceContext) PruneRecords(ctx context.Context, each func(rows int)) (events, steps int, err error) {
	steps, err = s.Timeline.Purge(ctx, each)
	events, denied := s.Audit.Purge(ctx, each)
	return events, steps, errors.Join(err, denied)
}

// purgeRecords prunes periodically. An operator may deny the database user to delete
// records; this is logged once and not retried.
func (s *ServiceContext) purgeRecords(ctx context.Context) {
	jobs := map[string]func(context.Context) (int, error){
		"event":    func(ctx context.Context) (int, error) { return s.Audit.Purge(ctx, nil) },
		"delivery": func(ctx context.Context) (int, error) { return s.Timeline.Purge(ctx, nil) },
		"failure":  s.failures.Purge,
		"invite":   s.invites.Purge,
		"tally":    s.Tally.Purge,
		"user":     s.Signin.PurgeAnonymous,
		"webhook":  s.Webhooks.Purge,
	}
	periodic.Run(ctx, purgeInterval, nil, func() {
		for table, purge := range jobs {
			_, err := purge(ctx)
			switch {
			case errors.Is(err, model.ErrDenied):
				logx.Infof("svc: this database user cannot delete from the table %s; prune it with `user-api admin prune` as another user", table)
				delete(jobs, table)
			case err != nil && ctx.Err() == nil:
				logx.Errorf("svc: purge %s: %v", table, err)
			}
		}
	})
}

// newNotices returns the sink that notifies account owners and reports to the records.
func (s *ServiceContext) newNotices(ring *keyring.Ring, records event.Sink) *notice.Notices {
	o := notice.Options{Challenges: s.Challenges, Queue: s.courier, Events: records, LocaleOf: s.Accounts.Locale}
	if s.Config.Notices.NewSignIn {
		o.Networks = notice.NewKnownNetworks(s.redis.Client, ring)
	}
	return notice.New(o)
}

// drainRecords queues pending notices and writes pending records.
func (s *ServiceContext) drainRecords() {
	drain(noticesTimeout, s.Notices.Drain)
	drain(recordsTimeout, s.Challenges.Drain, s.failures.Drain, s.Audit.Drain, s.Timeline.Drain, s.Tally.Flush)
}

func drain(most time.Duration, parts ...func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	for _, part := range parts {
		if err := part(ctx); err != nil {
			logx.Errorf("svc: drain: %v", err)
		}
	}
}

func (s *ServiceContext) userOf(ctx context.Context, address address.Address) (int64, error) {
	user, err := s.Accounts.ByAddress(ctx, address)
	if user == nil {
		return 0, err
	}
	return user.Id, nil
}
