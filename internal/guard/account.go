package guard

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
)

// The limits on consecutive failures of an account's password, over all networks and names:
// NIST SP 800-63B-4 section 3.2.2 allows 100. Strangers can use only a part of them, and one
// network of strangers only a part of that, so nobody can lock out the networks from which the
// owner signs in.
const (
	failuresInARow  = 100
	strangersInARow = 75
	networkInARow   = 25
	rowLife         = 90 * day
	// The networks of the last knownNetworks sign-ins stay known for knownLife.
	knownNetworks = 16
	knownLife     = 30 * day
)

var (
	//go:embed lua/account.lua
	accountLua string
	//go:embed lua/accountback.lua
	accountBackLua string

	accountScript     = redis.NewScript(accountLua)
	accountBackScript = redis.NewScript(accountBackLua)
)

// userPrefix is the prefix of UserName.
const userPrefix = "user "

// UserName returns the name of a user, independent of the identifier used to sign in.
func UserName(id int64) string { return fmt.Sprint(userPrefix, id) }

// Account is an account for which a password attempt is made.
type Account struct {
	// Name is the same for every identifier of one account. An identifier without an
	// account stands for itself.
	Name   string
	Client netip.Addr
	// SignedIn reports whether the client is signed in to the account, which makes its
	// network a known one.
	SignedIn bool
	// Captcha reports whether a captcha was solved, Plain that none can be required here.
	Captcha, Plain bool
}

// TryAccount charges a failure to the account before the password is compared. giveBack
// refunds it after a success. It fails with apperr.RateLimited, or with apperr.CaptchaRequired
// if that helps. Without Redis it charges nothing: see Try.
func (g *Guard) TryAccount(ctx context.Context, a Account) (giveBack func(), err error) {
	plan, network := g.forAccount(a), g.network(a.Client)
	if err := g.Recall(plan); err != nil {
		return nil, err
	}
	keys := []string{g.account(a.Name, "row"), g.account(a.Name, "known")}
	reply, err := accountScript.Run(ctx, g.Redis, keys, network, a.SignedIn, a.Captcha, g.Captcha && !a.Plain,
		failuresInARow, strangersInARow, networkInARow, rowLife.Milliseconds()).Slice()
	switch {
	case ctx.Err() != nil:
		return nil, apperr.Down(ctx.Err())
	case err != nil:
		return func() {}, nil
	case len(reply) == 1:
		return nil, apperr.New(apperr.CaptchaRequired)
	case len(reply) == 2:
		ms, _ := reply[1].(int64)
		return nil, g.Refuse(plan, AnAccount, time.Duration(ms)*time.Millisecond, "")
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if err := accountBackScript.Run(ctx, g.Redis, keys[:1], network).Err(); err != nil {
			logx.WithContext(ctx).Infof("guard: cannot refund a charge: %v", err)
		}
	}, nil
}

// Proven resets the account's failures in a row after its owner has signed in. The network
// becomes a known one.
func (g *Guard) Proven(ctx context.Context, name string, client netip.Addr) error {
	known := g.account(name, "known")
	pipe := g.Redis.Pipeline()
	pipe.Del(ctx, g.account(name, "row"))
	// The score only orders the networks.
	pipe.ZAdd(ctx, known, redis.Z{Score: float64(g.Now().UnixMilli()), Member: g.network(client)})
	pipe.ZRemRangeByRank(ctx, known, 0, -knownNetworks-1)
	pipe.PExpire(ctx, known, knownLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// EndRow resets the account's failures in a row without a sign-in.
func (g *Guard) EndRow(ctx context.Context, name string) error {
	if err := g.Redis.Del(ctx, g.account(name, "row")).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Forget deletes the data of an erased account.
func (g *Guard) Forget(ctx context.Context, name string) error {
	if err := g.Redis.Del(ctx, g.account(name, "row"), g.account(name, "known")).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// forAccount returns the plan under which refusals of an account are cached. It has no
// buckets.
func (g *Guard) forAccount(a Account) Plan {
	p := newPlan(a.Client)
	p.self = fmt.Sprintf("%s:%s:%t", g.account(a.Name, "self"), g.network(a.Client), a.SignedIn)
	return p
}

// account returns a key of an account; all of its keys share a slot. The key of a user does
// not depend on the secret of pseudonyms.
func (g *Guard) account(name, what string) string {
	id, isUser := strings.CutPrefix(name, userPrefix)
	if !isUser {
		id = g.Ring.Pseudonym("guard", "account", name)
	}
	return "ua:guard:{account " + id + "}:" + what
}

func (g *Guard) network(client netip.Addr) string {
	return g.Ring.Pseudonym("guard", "network", Network(client))
}
