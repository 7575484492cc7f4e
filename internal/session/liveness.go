package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

const (
	alive = "1"
	ended = "0"
	// reconcileOverlap is how far each pass looks back beyond the one before:
	// longer than a statement can take from its clock reading to its commit.
	reconcileOverlap = 30 * time.Second
	purgeBatch       = 500
)

// Check fails with apperr.SessionEnded unless the session lives, and with
// apperr.Unavailable when neither Redis nor the database can tell.
func (s *Sessions) Check(ctx context.Context, id string) error {
	return s.judge(ctx, id, s.Redis.Get(ctx, key(id)))
}

// CheckWithUser is Check, and in the same round trip has what Options.Ahead says
// read of the user; the context returned brings it.
func (s *Sessions) CheckWithUser(ctx context.Context, id string, userID int64) (context.Context, error) {
	pipe := s.Redis.Pipeline()
	state := pipe.Get(ctx, key(id))
	with := s.Ahead(ctx, pipe, userID)
	_, _ = pipe.Exec(ctx) // each command has its own error
	return with, s.judge(ctx, id, state)
}

// judge takes the answer to a session's key, or where there is none the database's.
func (s *Sessions) judge(ctx context.Context, id string, read *redis.StringCmd) error {
	state, err := read.Result()
	switch {
	case err == nil && state == alive:
		return nil
	case err == nil && state == ended:
		return apperr.New(apperr.SessionEnded)
	}
	// A command of a pipe that found no connection has neither value nor error.
	missing := errors.Is(err, redis.Nil)
	row, err := s.find(ctx, id)
	if apperr.Is(err, apperr.SessionEnded) || err != nil {
		return err
	}
	if missing {
		// NX, so that a tombstone written since the read above stays. The key may
		// fail to be written: the next request asks the database again.
		_ = s.Redis.SetNX(ctx, key(id), alive, s.keyLife(row)).Err()
	}
	return nil
}

// Reconcile writes the tombstone of every session revoked at or after since,
// deletes rows long over, and returns the since of the next pass. It makes
// good what a process killed, or cut from Redis, between the two writes of
// Revoke left undone.
func (s *Sessions) Reconcile(ctx context.Context, since time.Time) (time.Time, error) {
	next := s.Now().Add(-reconcileOverlap)
	ids, err := s.Tokens.RevokedSince(ctx, since.UnixMilli())
	if err != nil {
		return since, apperr.Down(err)
	}
	if err := s.bury(ctx, ids); err != nil {
		return since, err
	}
	if _, err := s.Tokens.Purge(ctx, s.Now().Add(-stillGood).UnixMilli(), purgeBatch); err != nil {
		return since, apperr.Down(err)
	}
	return next, nil
}

// Revoke ends a session, everywhere within 5 s. Ending it twice is no error.
func (s *Sessions) Revoke(ctx context.Context, id string) error {
	_, err := s.End(ctx, id)
	return err
}

// End is Revoke, and reports whether the session lived until now.
func (s *Sessions) End(ctx context.Context, id string) (bool, error) {
	lived, err := s.Tokens.Revoke(ctx, id, s.Now().UnixMilli())
	if err != nil {
		return false, apperr.Down(err)
	}
	if err := s.bury(ctx, []string{id}); err != nil {
		// The row says it, and Reconcile will say it to Redis.
		logx.WithContext(ctx).Errorf("session: tombstone: %v", err)
	}
	return lived, nil
}

// bury writes tombstones that outlive every access token of the sessions.
func (s *Sessions) bury(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	pipe := s.Redis.Pipeline()
	for _, id := range ids {
		pipe.Set(ctx, key(id), ended, s.Access+2*token.Leeway)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("session: write tombstones: %w", err)
	}
	return nil
}

// keyLife ends with the session, so that an idle or absolute limit needs no
// tombstone.
func (s *Sessions) keyLife(row *model.Token) time.Duration {
	return min(s.Access, time.UnixMilli(row.Expires).Sub(s.Now()))
}

func key(id string) string { return "ua:session:" + id }
