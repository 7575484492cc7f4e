package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"github.com/hibiken/asynq"
	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/redis"
	"github.com/zeromicro/go-zero/core/stores/sqlc"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"
	"golang.org/x/crypto/argon2"

	"user-api/internal/password"
)

const (
	floorIssue = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'phone', ARGV[1], 'code', ARGV[2], 'tries', 0)
redis.call('PEXPIRE', KEYS[1], 300000)
redis.call('SET', KEYS[2], '1', 'PX', 60000)
return 1`
	floorVerify = `
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > 5 then return false end
local c = redis.call('HMGET', KEYS[1], 'phone', 'code')
if c[2] ~= ARGV[1] then return false end
redis.call('DEL', KEYS[1])
return c[1]`
	floorCode = "123456"
)

// floors has the constructors of the floors by path.
var floors = map[string]func(floorConf) (floor, error){
	pathCheck: checkFloor, pathInfo: infoFloor, pathRefresh: refreshFloor, pathCode: codeFloor, pathPassword: passwordFloor,
}

// checkFloor checks the JWT and answers, without a store.
func checkFloor(floorConf) (floor, error) {
	return floor{true, route("GET", "/user/check", func(r *http.Request) (any, error) {
		return map[string]any{"active": true, "userId": r.Context().Value("userId"), "sessionId": r.Context().Value("sid"),
			"role": r.Context().Value("role"), "expiresIn": 900}, nil
	})}, nil
}

// infoFloor checks the JWT and calls the cached FindOne that goctl generates.
func infoFloor(c floorConf) (floor, error) {
	conn := sqlc.NewConn(sqlx.NewMysql(c.MySQL), cache.CacheConf{{RedisConf: redis.RedisConf{Host: c.Redis, Type: redis.NodeType}, Weight: 100}})
	type user struct {
		Id       int64          `db:"id" json:"id"`
		Username sql.NullString `db:"username" json:"username"`
		Phone    sql.NullString `db:"phone" json:"phone"`
		Email    sql.NullString `db:"email" json:"email"`
		Role     string         `db:"role" json:"role"`
		Status   string         `db:"status" json:"status"`
		Created  int64          `db:"created" json:"createdAt"`
	}
	type answer struct {
		Id        int64  `json:"id"`
		Username  string `json:"username"`
		Phone     string `json:"phone"`
		Role      string `json:"role"`
		CreatedAt int64  `json:"createdAt"`
	}
	return floor{true, route("GET", "/user/info", func(r *http.Request) (any, error) {
		var u user
		id, err := r.Context().Value("userId").(json.Number).Int64()
		if err != nil {
			return nil, err
		}
		err = conn.QueryRowCtx(r.Context(), &u, fmt.Sprintf("floor:user:id:%d", id), func(ctx context.Context, conn sqlx.SqlConn, v any) error {
			return conn.QueryRowCtx(ctx, v, "select `id`,`username`,`phone`,`email`,`role`,`status`,`created` from `user` where `id` = ? limit 1", id)
		})
		return answer{u.Id, u.Username.String, u.Phone.String, u.Role, u.Created}, err
	})}, nil
}

// refreshFloor does one conditional UPDATE and one HMAC. Its token is the session ID, a dot
// and the current secret.
func refreshFloor(c floorConf) (floor, error) {
	conn := sqlx.NewMysql(c.MySQL)
	return floor{false, route("POST", "/user/refresh", func(r *http.Request) (any, error) {
		var body struct {
			RefreshToken string `json:"refreshToken"`
		}
		if err := httpx.ParseJsonBody(r, &body); err != nil {
			return nil, err
		}
		id, current, _ := strings.Cut(body.RefreshToken, ".")
		mac := hmac.New(sha256.New, []byte(c.Secret))
		mac.Write([]byte(body.RefreshToken))
		next := hex.EncodeToString(mac.Sum(nil))
		result, err := conn.ExecCtx(r.Context(),
			"update `token` set `hash` = ?, `generation` = `generation` + 1 where `id` = ? and `hash` = ? and `revoked` = 0", next, id, current)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return nil, errors.Join(errors.New("not current"), err)
		}
		return map[string]any{"refreshToken": id + "." + next}, nil
	})}, nil
}

// codeFloor runs a script and enqueues a task for a code, and runs a script and a SELECT for a
// sign-in.
func codeFloor(c floorConf) (floor, error) {
	rdb, err := redis.NewRedis(redis.RedisConf{Host: c.Redis, Type: redis.NodeType})
	if err != nil {
		return floor{}, err
	}
	queue := asynq.NewClient(asynq.RedisClientOpt{Addr: c.Redis})
	conn := sqlx.NewMysql(c.MySQL)
	issue, verify := redis.NewScript(floorIssue), redis.NewScript(floorVerify)
	for _, text := range []string{floorIssue, floorVerify} {
		// Otherwise the first calls would fail with NOSCRIPT and open the breaker.
		if _, err := rdb.ScriptLoad(text); err != nil {
			return floor{}, err
		}
	}
	ask := route("POST", "/user/otp", func(r *http.Request) (any, error) {
		var body struct {
			Phone string `json:"phone"`
		}
		if err := httpx.ParseJsonBody(r, &body); err != nil {
			return nil, err
		}
		id := rand.Text()
		sent, err := rdb.ScriptRunCtx(r.Context(), issue, []string{"floor:otp:" + id, "floor:cool:" + body.Phone}, body.Phone, floorCode)
		if err != nil || sent != int64(1) {
			return nil, errors.Join(errors.New("cools down"), err)
		}
		if _, err := queue.EnqueueContext(r.Context(), asynq.NewTask("send", []byte(id)), asynq.Queue("floor")); err != nil {
			return nil, err
		}
		return map[string]any{"otpId": id, "expiresIn": 300}, nil
	})
	login := route("POST", "/user/login", func(r *http.Request) (any, error) {
		var body struct {
			OtpId string `json:"otpId"`
			Otp   string `json:"otp"`
		}
		if err := httpx.ParseJsonBody(r, &body); err != nil {
			return nil, err
		}
		phone, err := rdb.ScriptRunCtx(r.Context(), verify, []string{"floor:otp:" + body.OtpId}, body.Otp)
		if err != nil {
			return nil, err
		}
		var id int64
		err = conn.QueryRowCtx(r.Context(), &id, "select `id` from `user` where `phone` = ? limit 1", phone)
		return map[string]any{"userId": id}, err
	})
	return floor{false, append(ask, login...)}, nil
}

// passwordFloor computes one hash. At most one hash per core runs at a time, which is the
// fastest way to compute many.
func passwordFloor(floorConf) (floor, error) {
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	p := password.DefaultParams
	return floor{false, route("POST", "/user/login", func(r *http.Request) (any, error) {
		var body struct {
			Username string `json:"username"`
			Password string `json:"password"`
		}
		if err := httpx.ParseJsonBody(r, &body); err != nil {
			return nil, err
		}
		gate <- struct{}{}
		defer func() { <-gate }()
		key := argon2.IDKey([]byte(body.Password), []byte(body.Username)[:8], p.Time, p.Memory, p.Parallelism, p.KeyLen)
		return map[string]any{"accessToken": hex.EncodeToString(key)}, nil
	})}, nil
}

func route(method, path string, handle func(*http.Request) (any, error)) []rest.Route {
	return []rest.Route{{Method: method, Path: path, Handler: func(w http.ResponseWriter, r *http.Request) {
		v, err := handle(r)
		answer(w, r, v, err)
	}}}
}
