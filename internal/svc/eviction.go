package svc

import (
	"context"
	"errors"

	"user-api/internal/health"
	"user-api/internal/store"
)

// refuseEviction fails if Redis evicts keys when it is full. A Redis that is unavailable
// now is checked repeatedly, see newMonitor.
func (s *ServiceContext) refuseEviction(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, health.AskTime)
	defer cancel()
	if err := s.redis.CheckEviction(ctx); errors.Is(err, store.ErrEvicts) {
		return err
	}
	return nil
}

// askEviction checks a Redis that was unavailable at the start, and the master after a
// failover. It fails only if a server evicts.
func (s *ServiceContext) askEviction(ctx context.Context) (health.State, error) {
	if err := s.redis.CheckEviction(ctx); errors.Is(err, store.ErrEvicts) {
		return health.Down, err
	}
	return health.OK, nil
}
