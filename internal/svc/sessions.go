package svc

import (
	"strconv"
	"time"

	"github.com/zeromicro/go-zero/core/timex"

	"user-api/internal/account"
	"user-api/internal/batch"
	"user-api/internal/config"
	"user-api/internal/keyring"
	"user-api/internal/revocation"
	"user-api/internal/session"
	"user-api/internal/token"
	"user-api/model"
)

// claimKeys maps claims to the keys of appMetadata with their values.
func claimKeys(claims config.Claims) map[string]string {
	keys := make(map[string]string, len(claims))
	for name := range claims {
		keys[name] = claims.Key(name)
	}
	return keys
}

// newFeed creates the feed that keeps the memory of revocations and the signing keys up to
// date.
func (s *ServiceContext) newFeed(changes model.Changes) *revocation.Feed {
	o := revocation.Options{Memory: s.ended, Table: model.NewRevocationModel(s.db.Conn, changes.Clock), OnKeys: s.Keys.Changed}
	if !s.redis.Embedded() { // the embedded Redis has no streams and belongs to this process alone
		o.Redis = s.redis.Client
	}
	return revocation.New(o)
}

// newChanges creates the memory of revocations and the hooks with which models record them.
func (s *ServiceContext) newChanges(databaseNow func() time.Time) (model.Changes, error) {
	clock := s.db.Dialect.Clock
	if databaseNow != nil {
		clock = func() string { return strconv.FormatInt(databaseNow().UnixMilli(), 10) }
	}
	// A node whose clock is behind may accept a token longer.
	s.ended = revocation.NewMemory(token.KeyLife(s.Config.Auth.AccessExpire.Duration()), s.Now, timex.Now)
	ids, err := batch.NewIDs(s.Rand)
	if err != nil {
		return model.Changes{}, err
	}
	changes := model.Changes{Clock: clock, Event: ids.Next, OnCommit: s.ended.Apply}
	err = s.wireWebhooks(&changes)
	return changes, err
}

// wireAccounts creates accounts and sessions.
func (s *ServiceContext) wireAccounts(ring *keyring.Ring, codec *token.Codec, changes model.Changes) (err error) {
	auth := s.Config.Auth
	rows := &model.CacheGeneration{}
	s.watch = s.newWatch(rows)
	// One client may use half of this node's concurrent requests.
	s.Polls, err = revocation.NewPolls(revocation.PollOptions{
		Memory: s.ended, Rand: s.Rand, Draining: s.life.draining, Max: max(1, s.Config.MaxConns/2),
	})
	if err != nil {
		return err
	}
	s.Sessions, err = session.New(session.Options{
		Tokens: model.NewTokenModel(s.db.Conn, changes), Revocations: s.ended, Redis: s.redis.Client, Ring: ring, Codec: codec, Now: s.Now, Rand: s.Rand,
		Access: auth.AccessExpire.Duration(), Idle: auth.RefreshExpire.Duration(),
		Absolute: auth.SessionExpire.Duration(), Grace: auth.RefreshGrace.Duration(),
	})
	cached := model.NewRowCache(s.redis.Client, ring, rows)
	s.users = model.NewUserModel(s.db.Conn, cached, changes)
	s.Accounts = account.New(account.Options{
		Users: s.users, Credentials: model.NewCredentialModel(s.db.Conn), Profiles: model.NewProfileModel(s.db.Conn, cached),
		Origins: model.NewOriginModel(s.db.Conn), Links: model.NewLinkModel(s.db.Conn), ClaimKeys: claimKeys(auth.Claims), Erase: s.erase, Now: s.Now, Rand: s.Rand,
	})
	return err
}
