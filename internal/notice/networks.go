package notice

import (
	"context"
	_ "embed"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
)

const (
	// networksLife is how long the networks of a user are remembered after the last
	// sign-in, and networksMost how many of them.
	networksLife = 90 * 24 * time.Hour
	networksMost = 32
)

var (
	//go:embed lua/known.lua
	knownLua string
	//go:embed lua/learn.lua
	learnLua string

	knownScript = redis.NewScript(knownLua)
	learnScript = redis.NewScript(learnLua)
)

// Seen keeps the networks of users in Redis, as pseudonyms. A user of whom it has
// none, or none any more, is not told of the next sign-in.
type Seen struct {
	redis redis.UniversalClient
	ring  *keyring.Ring
}

var _ Networks = (*Seen)(nil)

// NewSeen returns a Seen.
func NewSeen(client redis.UniversalClient, ring *keyring.Ring) *Seen {
	return &Seen{redis: client, ring: ring}
}

// Known implements Networks. Fails with apperr.Unavailable.
func (s *Seen) Known(ctx context.Context, userID int64, network string) (bool, error) {
	known, err := knownScript.Run(ctx, s.redis, []string{s.key(userID)}, s.network(userID, network)).Bool()
	if err != nil {
		return false, apperr.Down(err)
	}
	return known, nil
}

// Learn implements Networks. Fails with apperr.Unavailable.
func (s *Seen) Learn(ctx context.Context, userID int64, network string) error {
	err := learnScript.Run(ctx, s.redis, []string{s.key(userID)}, s.network(userID, network), networksMost, networksLife.Milliseconds()).Err()
	if err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Forget implements Networks. Fails with apperr.Unavailable.
func (s *Seen) Forget(ctx context.Context, userID int64) error {
	if err := s.redis.Del(ctx, s.key(userID)).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

func (s *Seen) key(userID int64) string {
	return "ua:notice:" + s.ring.Pseudonym("notice", "user", strconv.FormatInt(userID, 10))
}

// network differs from user to user, so that no two are seen to share one.
func (s *Seen) network(userID int64, network string) string {
	return s.ring.Pseudonym("notice", "network", strconv.FormatInt(userID, 10), network)
}
