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

// The parts that readiness tells of.
const (
	partDatabase   = "database"
	partRedis      = "redis"
	partMigrations = "migrations"
	partQueue      = "queue"
	// partEviction is for the log and the metric alone.
	partEviction = "eviction"
	// draining is no part, and the field of an answer like one.
	draining = "draining"
)

// errPending means that the tables are not those of this release.
var errPending = errors.New("svc: migrations are pending")

// Parts is how each part is.
type Parts struct{ Database, Redis, Migrations, Queue health.State }

// Status is ok, or degraded where a part is not.
func (p Parts) Status() string {
	if p == (Parts{}) {
		return health.OK.String()
	}
	return "degraded"
}

// Ready tells how the parts are, or, as apperr.Unavailable, why nothing is to be
// sent to this node, with the part in the field. That a part is down is no reason:
// stores are shared, so that every node would say so at once, and nobody would be
// served what needs them not. Strict demands that every part can be written.
func (s *ServiceContext) Ready(ctx context.Context, strict bool) (Parts, error) {
	if s.Draining() {
		return Parts{}, notReady(draining, nil)
	}
	// What has not answered by then is answered without.
	wait := min(health.AskTime, s.Config.Timeout.Duration()*4/5)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	patience := health.Patience
	if strict {
		patience = wait
	}
	found := s.life.monitor.Look(ctx, patience)
	if s.Draining() { // since the first look
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

// newMonitor asks each part by what the service does with it.
func (s *ServiceContext) newMonitor() *health.Monitor {
	return health.New(s.Now,
		health.Part{Name: partDatabase, Ask: s.askDatabase},
		health.Part{Name: partRedis, Ask: s.askRedis},
		health.Part{Name: partMigrations, Ask: s.askMigrations},
		health.Part{Name: partQueue, Ask: s.askQueue},
		health.Part{Name: partEviction, Ask: s.askEviction},
	)
}

// askDatabase writes and reads beside each other: where one round trip takes half a
// second, one after the other would take too long.
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

// askMigrations fails with errPending. Tables that are ahead are a newer release's,
// also while it is still at them.
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

// askQueue reports whether this node takes sends off the queue, which is in Redis.
func (s *ServiceContext) askQueue(context.Context) (health.State, error) {
	if err := s.courier.Ready(); err != nil {
		return health.Down, err
	}
	return health.OK, nil
}

func notReady(part string, err error) error {
	return apperr.New(apperr.Unavailable).WithField(part).WithRetryAfter(time.Second).Wrap(err)
}
