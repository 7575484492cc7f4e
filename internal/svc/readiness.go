package svc

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/health"
	"user-api/internal/store"
	"user-api/model"
	"user-api/model/migrations"
)

// The parts that readiness reports.
const (
	partDatabase   = "database"
	partRedis      = "redis"
	partMigrations = "migrations"
	partQueue      = "queue"
	// partEviction appears only in the log and the metric.
	partEviction = "eviction"
	// draining is not a part, but appears in the same field of the response.
	draining = "draining"
)

// errPending means that the schema is older than this release.
var errPending = errors.New("svc: migrations are pending")

// Parts is the state of each part.
type Parts struct{ Database, Redis, Migrations, Queue health.State }

// Status returns ok, or degraded if any part is not ok.
func (p Parts) Status() string {
	if p == (Parts{}) {
		return health.OK.String()
	}
	return "degraded"
}

// Ready returns the state of the parts, or an apperr.Unavailable error, with the part in
// its field, if this node should get no requests. A single part being down is no reason:
// the stores are shared, so all nodes would refuse together, even requests that do not need
// the part. strict requires every part to be writable.
func (s *ServiceContext) Ready(ctx context.Context, strict bool) (Parts, error) {
	if s.Draining() {
		return Parts{}, notReady(draining, nil)
	}
	// Respond in time without the parts that have not answered.
	wait := min(health.AskTime, s.Config.Timeout.Duration()*4/5)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	timeout := health.MaxWait
	if strict {
		timeout = wait
	}
	found := s.life.monitor.Look(ctx, timeout)
	if s.Draining() { // it may have started meanwhile
		return Parts{}, notReady(draining, nil)
	}
	parts := partsOf(found)
	if err := found[partMigrations].Err; errors.Is(err, errPending) {
		return parts, notReady(partMigrations, err)
	}
	if parts.Database == health.Down && parts.Redis == health.Down {
		return parts, notReady(partDatabase, found[partDatabase].Err)
	}
	if strict {
		for _, part := range []string{partDatabase, partRedis, partMigrations, partQueue} {
			if f := found[part]; f.State != health.OK {
				return parts, notReady(part, f.Err)
			}
		}
	}
	return parts, nil
}

// newMonitor checks each part with the operations that the service uses.
func (s *ServiceContext) newMonitor() *health.Monitor {
	return health.New(s.Now,
		health.Part{Name: partDatabase, Ask: s.askDatabase},
		health.Part{Name: partRedis, Ask: s.askRedis},
		health.Part{Name: partMigrations, Ask: s.askMigrations},
		health.Part{Name: partQueue, Ask: s.askQueue},
		health.Part{Name: partEviction, Ask: s.askEviction},
	)
}

// askDatabase writes and reads concurrently: with a round trip of half a second, doing one
// after the other would take too long.
func (s *ServiceContext) askDatabase(ctx context.Context) (health.State, error) {
	read := make(chan error, 1)
	go func() {
		_, err := store.SchemaOf(ctx, s.db, migrations.FS)
		read <- err
	}()
	err := errors.Join(model.TryWrite(ctx, s.db.Conn, s.Rand, s.Now()), s.db.TryCommit(ctx))
	switch readErr := <-read; {
	case err == nil:
		return health.OK, nil
	case readErr == nil:
		return health.ReadOnly, err
	default:
		return health.Down, err
	}
}

func (s *ServiceContext) askRedis(ctx context.Context) (health.State, error) {
	err := s.redis.TryWrite(ctx)
	switch {
	case err == nil:
		return health.OK, nil
	case errors.Is(err, store.ErrReadOnly):
		return health.ReadOnly, err
	default:
		return health.Down, err
	}
}

// askMigrations fails with errPending. A newer schema belongs to a newer release, which may
// still be migrating.
func (s *ServiceContext) askMigrations(ctx context.Context) (health.State, error) {
	schema, err := store.SchemaOf(ctx, s.db, migrations.FS)
	switch {
	case err != nil:
		return health.Down, err
	case !schema.Fit():
		return health.Down, errPending
	default:
		return health.OK, nil
	}
}

// askQueue reports whether this node processes the queue, which is in Redis.
func (s *ServiceContext) askQueue(context.Context) (health.State, error) {
	if err := s.courier.Ready(); err != nil {
		return health.Down, err
	}
	return health.OK, nil
}

func notReady(part string, err error) error {
	return apperr.New(apperr.Unavailable).WithField(part).WithRetryAfter(time.Second).Wrap(err)
}
