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

// Failures in a row of an account's password, over all networks and names: NIST SP
// 800-63B-4 section 3.2.2 allows 100. Strangers have a part of them, and one network
// of strangers a part of that, so that nobody keeps the networks out from which the
// account was signed in to.
const (
	failuresInARow  = 100
	strangersInARow = 75
	networkInARow   = 25
	rowLife         = 90 * day
	// So many networks are known, those of the last sign-ins, for so long after them.
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

// userPrefix begins the name of a user, see UserName.
const userPrefix = "user "

// UserName is the name of a user, by whatever name the user signs in.
func UserName(id int64) string { return fmt.Sprint(userPrefix, id) }

// Account is an account whose password is tried.
type Account struct {
	// Name is the same for every name of one account; a name that is nobody's stands
	// for itself.
	Name   string
	Client netip.Addr
	// SignedIn says that the client is signed in to the account, which makes its
	// network a known one.
	SignedIn bool
	// Captcha says that one was solved, Plain that none can be asked for here.
	Captcha, Plain bool
}

// TryAccount charges a failure to the account, before the password is compared;
// giveBack takes it back if there was none. Fails with apperr.RateLimited, or with
// apperr.CaptchaRequired where that helps. Without Redis it charges nothing: see Try.
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
			logx.WithContext(ctx).Infof("guard: a charge is not taken back: %v", err)
		}
	}, nil
}

// Proven ends the account's failures in a row: its owner has signed in, from a
// network that is known from now on.
func (g *Guard) Proven(ctx context.Context, name string, client netip.Addr) error {
	known := g.account(name, "known")
	pipe := g.Redis.Pipeline()
	pipe.Del(ctx, g.account(name, "row"))
	// The time orders the networks and judges nothing.
	pipe.ZAdd(ctx, known, redis.Z{Score: float64(g.Now().UnixMilli()), Member: g.network(client)})
	pipe.ZRemRangeByRank(ctx, known, 0, -knownNetworks-1)
	pipe.PExpire(ctx, known, knownLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// EndRow ends the account's failures in a row without a sign-in.
func (g *Guard) EndRow(ctx context.Context, name string) error {
	if err := g.Redis.Del(ctx, g.account(name, "row")).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Forget removes what is kept of an account that is erased.
func (g *Guard) Forget(ctx context.Context, name string) error {
	if err := g.Redis.Del(ctx, g.account(name, "row"), g.account(name, "known")).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// forAccount is where the refusal of an account is remembered. It has no buckets.
func (g *Guard) forAccount(a Account) Plan {
	p := newPlan(a.Client)
	p.self = fmt.Sprintf("%s:%s:%t", g.account(a.Name, "self"), g.network(a.Client), a.SignedIn)
	return p
}

// account is a key about an account, all of which share a slot. That of a user stays
// the same when the secret of pseudonyms is changed.
func (g *Guard) account(name, what string) string {
	whose, isUser := strings.CutPrefix(name, userPrefix)
	if !isUser {
		whose = g.Ring.Pseudonym("guard", "account", name)
	}
	return "ua:guard:{account " + whose + "}:" + what
}

func (g *Guard) network(client netip.Addr) string {
	return g.Ring.Pseudonym("guard", "network", Network(client))
}
