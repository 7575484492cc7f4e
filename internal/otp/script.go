package otp

import (
	"context"
	_ "embed"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/redisscript"
)

var (
	//go:embed lua/lanes.lua
	lanesOnlyLua string
	//go:embed lua/counts.lua
	countsLua string
	//go:embed lua/live.lua
	liveLua string

	lanesLua = lanesOnlyLua + countsLua + liveLua

	//go:embed lua/issue.lua
	issueLua string
	//go:embed lua/resend.lua
	resendLua string
	//go:embed lua/verify.lua
	verifyLua string
	//go:embed lua/lost.lua
	lostLua string
	//go:embed lua/proven.lua
	provenLua string
	//go:embed lua/restore.lua
	restoreLua string
	//go:embed lua/claim.lua
	claimLua string
	//go:embed lua/report.lua
	reportLua string
	//go:embed lua/status.lua
	statusLua string
	//go:embed lua/giveback.lua
	giveBackLua string
	//go:embed lua/takeback.lua
	takeBackLua string
	//go:embed lua/notice.lua
	noticeLua string
	//go:embed lua/forget.lua
	forgetLua string
	//go:embed lua/routes.lua
	routesLua string
	//go:embed lua/route.lua
	routeLua string
	//go:embed lua/living.lua
	livingLua string

	issueScript   = redis.NewScript(guard.Lua() + lanesLua + issueLua)
	resendScript  = redis.NewScript(guard.Lua() + lanesLua + resendLua)
	verifyScript  = redis.NewScript(guard.Lua() + lanesLua + verifyLua)
	provenScript  = redis.NewScript(guard.Lua() + lanesLua + provenLua)
	lostScript    = redis.NewScript(lostLua)
	restoreScript = redis.NewScript(guard.Lua() + lanesLua + restoreLua)
	claimScript   = redis.NewScript(routesLua + claimLua)
	reportScript  = redis.NewScript(routesLua + reportLua)
	routeScript   = redis.NewScript(routesLua + routeLua)
	statusScript  = redis.NewScript(statusLua)
	noticeScript  = redis.NewScript(guard.Lua() + noticeLua)
	forgetScript  = redis.NewScript(forgetLua)
	livingScript  = redis.NewScript(guard.Lua() + lanesLua + livingLua)

	giveBackScript = redis.NewScript(guard.Lua() + lanesLua + giveBackLua)
	takeBackScript = redis.NewScript(guard.Lua() + lanesLua + takeBackLua)
)

// reply is the result of a script: a list of integers and strings.
type reply []any

// run executes a script. It fails with apperr.Unavailable without Redis: codes fail closed.
func run(ctx context.Context, rdb redis.UniversalClient, script *redis.Script, keys []string, args ...any) (reply, error) {
	list, err := redisscript.Run(ctx, rdb, script, keys, args...)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return list, nil
}

func (r reply) millis(i int) time.Duration { return time.Duration(r.number(i)) * time.Millisecond }

func (r reply) number(i int) int64 {
	if i >= len(r) {
		return 0
	}
	switch v := r[i].(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	default:
		return 0
	}
}

func (r reply) list(i int) []any {
	if i >= len(r) {
		return nil
	}
	list, _ := r[i].([]any)
	return list
}

func (r reply) text(i int) string {
	if i >= len(r) {
		return ""
	}
	s, _ := r[i].(string)
	return s
}
