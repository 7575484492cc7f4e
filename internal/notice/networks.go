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
	// sign-in, and networksMost their maximum number.
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

// KnownNetworks stores the networks of users in Redis, as pseudonyms. If it has none of a
// user, or no longer has any, the next sign-in causes no notice.
type KnownNetworks struct {
	redis redis.UniversalClient
	ring  *keyring.Ring
}

var _ Networks = (*KnownNetworks)(nil)

// NewKnownNetworks returns KnownNetworks.
func NewKnownNetworks(client redis.UniversalClient, ring *keyring.Ring) *KnownNetworks {
	return &KnownNetworks{redis: client, ring: ring}
}

// Known implements Networks. It fails with apperr.Unavailable.
func (s *KnownNetworks) Known(ctx context.Context, userID int64, network string) (bool, error) {
	known, err := knownScript.Run(ctx, s.redis, []string{s.key(userID)}, s.network(userID, network)).Bool()
	if err != nil {
		return false, apperr.Down(err)
	}
	return known, nil
}

// Learn implements Networks. It fails with apperr.Unavailable.
func (s *KnownNetworks) Learn(ctx context.Context, userID int64, network string) error {
	err := learnScript.Run(ctx, s.redis, []string{s.key(userID)}, s.network(userID, network), networksMost, networksLife.Milliseconds()).Err()
	if err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Forget implements Networks. It fails with apperr.Unavailable.
func (s *KnownNetworks) Forget(ctx context.Context, userID int64) error {
	if err := s.redis.Del(ctx, s.key(userID)).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

func (s *KnownNetworks) key(userID int64) string {
	return "ua:notice:" + s.ring.Pseudonym("notice", "user", strconv.FormatInt(userID, 10))
}

// network returns a pseudonym that depends on the user, so that it does not show which users
// share a network.
func (s *KnownNetworks) network(userID int64, network string) string {
	return s.ring.Pseudonym("notice", "network", strconv.FormatInt(userID, 10), network)
}
