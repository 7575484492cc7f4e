package svc

import (
	"context"
	"errors"

	"user-api/internal/health"
	"user-api/internal/store"
)

// refuseEviction fails where a Redis forgets keys when it is full. One that cannot be
// asked now is asked again and again, see newMonitor.
func (s *ServiceContext) refuseEviction(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, health.AskTime)
	defer cancel()
	if err := s.redis.CheckEviction(ctx); errors.Is(err, store.ErrEvicts) {
		return err
	}
	return nil
}

// askEviction is about the Redis that was away at the start, and the master that a
// failover brings. It is not ok only where a server evicts.
func (s *ServiceContext) askEviction(ctx context.Context) (health.State, error) {
	if err := s.redis.CheckEviction(ctx); errors.Is(err, store.ErrEvicts) {
		return health.Down, err
	}
	return health.OK, nil
}
