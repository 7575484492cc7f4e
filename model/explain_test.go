package model_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/keyring"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// statement is an SQL statement that a model has sent.
type statement struct {
	query string
	args  []any
}

// recorder is a connection that records statements.
type recorder struct {
	sqlx.SqlConn
	mu    sync.Mutex
	sent  []statement
	begun int // transactions
}

func (r *recorder) note(query string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, statement{query, args})
}

func (r *recorder) ExecCtx(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r.note(query, args)
	return r.SqlConn.ExecCtx(ctx, query, args...)
}

func (r *recorder) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	r.note(query, args)
	return r.SqlConn.QueryRowCtx(ctx, v, query, args...)
}

func (r *recorder) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	r.note(query, args)
	return r.SqlConn.QueryRowsCtx(ctx, v, query, args...)
}

func (r *recorder) TransactCtx(ctx context.Context, run func(context.Context, sqlx.Session) error) error {
	r.mu.Lock()
	r.begun++
	r.mu.Unlock()
	return r.SqlConn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		return run(ctx, &recordedTx{tx, r})
	})
}

// recordedTx is a transaction of a recorder.
type recordedTx struct {
	sqlx.Session
	to *recorder
}

func (r *recordedTx) ExecCtx(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r.to.note(query, args)
	return r.Session.ExecCtx(ctx, query, args...)
}

func (r *recordedTx) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	r.to.note(query, args)
	return r.Session.QueryRowCtx(ctx, v, query, args...)
}

func (r *recordedTx) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	r.to.note(query, args)
	return r.Session.QueryRowsCtx(ctx, v, query, args...)
}

// No statement of a model scans a whole table: each uses an index, on both databases.
func TestModels_everyQueryUsesAnIndex(t *testing.T) {
	testkit.NotInRace(t, "fills tables, and nothing runs at once")
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		fillTables(t, db)
		conn := &recorder{SqlConn: db.Conn}
		ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		cached := model.NewRowCache(testkit.EmbeddedRedis(t).Client, ring, &model.CacheGeneration{})
		users, profiles := model.NewUserModel(conn, cached, changes(db)), model.NewProfileModel(conn, cached)
		tokens, credentials, failures := model.NewTokenModel(conn, changes(db)), model.NewCredentialModel(conn), model.NewFailureModel(conn)
		ended := model.NewRevocationModel(conn, db.Dialect.Clock)
		hooks, withOutbox := model.NewWebhookModel(conn, db.Dialect.Clock), changes(db)
		withOutbox.Outbox = &outbox{}
		told := model.NewTokenModel(conn, withOutbox)
		counts := model.NewTallyModel(conn, db.Dialect.Adding("n"))
		factors, codes := model.NewMfaModel(conn), model.NewRecoveryCodeModel(conn)
		name := text("x7")
		calls := map[string]func() error{
			"user by id":        func() error { _, err := users.FindCurrent(ctx, 7); return err },
			"user to be cached": func() error { _, err := users.FindOne(ctx, 7); return err },
			"user by phone":     func() error { _, err := users.FindOneByPhone(ctx, name); return err },
			"user by email":     func() error { _, err := users.FindOneByEmail(ctx, name); return err },
			"user by username":  func() error { _, err := users.FindOneByUsername(ctx, name); return err },
			"user by spellings": func() error { _, err := users.FindByPhones(ctx, "x7", "x8"); return err },
			"numbers":           func() error { _, err := users.Phones(ctx, "x7", "", 20); return err },
			"renumber":          func() error { _, err := users.Renumber(ctx, 7, "x7", "y7"); return err },
			"users":             func() error { _, err := users.List(ctx, model.UserFilter{Limit: 20}); return err },
			"users by name": func() error {
				_, err := users.Search(ctx, model.UserSearch{Column: model.UserUsername, Limit: 20, Prefix: "x7", Status: model.StatusActive})
				return err
			},
			"a page of users by phone": func() error {
				_, err := users.Search(ctx, model.UserSearch{Column: model.UserPhone, Limit: 20, Prefix: "x7", After: "x75"})
				return err
			},
			"users by e-mail": func() error {
				_, err := users.Search(ctx, model.UserSearch{Column: model.UserEmail, Limit: 20, Prefix: "x", ExcludeUsername: "x9", Status: model.StatusBanned})
				return err
			},
			"banned users": func() error {
				_, err := users.List(ctx, model.UserFilter{Limit: 20, Status: model.StatusBanned, Now: 9})
				return err
			},
			"describe": func() error {
				name := "renamed"
				return users.UpdateProfile(ctx, 7, model.ProfileUpdate{Username: &name, Merge: func(*model.Profile) error { return nil }})
			},
			"profile":              func() error { _, err := profiles.FindCurrent(ctx, 8); return err },
			"profile to be cached": func() error { _, err := profiles.FindOne(ctx, 8); return err },
			"all sessions":         func() error { _, err := tokens.OfUser(ctx, 7, 9, "s7", 10); return err },
			"all credentials":      func() error { _, err := credentials.OfUser(ctx, 7); return err },
			"end of everybody": func() error {
				_, err := users.EndProofsAfter(ctx, 7, 200, model.Ending{Reason: model.EndedByOperator, Now: 9})
				return err
			},
			"ban":              func() error { return users.Ban(ctx, 7, "", 0, model.Ending{Reason: model.EndedByBan, Now: 9}) },
			"session":          func() error { _, err := tokens.FindOne(ctx, "s7"); return err },
			"living sessions":  func() error { _, err := tokens.Active(ctx, 7, 1); return err },
			"beyond the limit": func() error { _, err := tokens.Excess(ctx, 7, 1, 50); return err },
			"session and user": func() error { _, _, _, err := tokens.FindWithUser(ctx, "s7"); return err },
			"opened session":   func() error { _, err := tokens.Opened(ctx, 7, 1); return err },
			"users by phone": func() error {
				_, failed := model.ReadUsers(ctx, users, "phone", text("x7"), text("x8"), text("x9"))
				return failed[text("x7")]
			},
			"users by id": func() error {
				_, failed := model.ReadUsers(ctx, users, "id", int64(7), int64(8))
				return failed[int64(7)]
			},
			"users were seen":    func() error { return model.RecordSignIns(ctx, users, 9, map[int64]string{7: "", 8: ""}) },
			"opened sessions":    func() error { _, failed := model.ReadOpened(ctx, tokens, 1, 7, 8); return failed[7] },
			"sessions and users": func() error { _, failed := model.ReadSessions(ctx, tokens, "s7", "s8"); return failed["s7"] },
			"by challenge":       func() error { _, err := tokens.FindOneByChallenge(ctx, name); return err },
			"purge":              func() error { _, err := tokens.Purge(ctx, 3, 10); return err },
			"revoke":             func() error { _, err := tokens.Revoke(ctx, "s7", model.EndedBySignOut, 9); return err },
			"what ended lately": func() error {
				_, err := ended.Recent(ctx, 1000, func([]*model.AgedRevocation) {})
				return err
			},
			"purge what ended": func() error { _, err := ended.Purge(ctx, 1000*2990); return err },
			"rotate": func() error {
				_, err := tokens.Rotate(ctx, model.Rotation{ID: "s8", Prev: "h", Next: "n", Now: 1, Expires: 2000})
				return err
			},
			"second factor": func() error { _, err := factors.FindOne(ctx, 7); return err },
			"second factor tried": func() error {
				_, err := factors.Try(ctx, 7, 1, true)
				return err
			},
			"second factor accepted":   func() error { _, err := factors.Accept(ctx, 7, 1, 1); return err },
			"second factor proven":     func() error { return factors.ResetFailures(ctx, 7) },
			"second factor demanded":   func() error { _, err := factors.Require(ctx, 7, 1); return err },
			"second factor pending":    func() error { return factors.SetPending(ctx, 7, "p", 1) },
			"second factors by pepper": func() error { _, err := factors.SealedUnder(ctx, "p7", 7, 10); return err },
			"second factor resealed":   func() error { _, err := factors.Reseal(ctx, 7, "s7", "s", "p"); return err },
			"reset asked for":          func() error { return factors.AskReset(ctx, 7, 1, 1) },
			"reset stopped":            func() error { _, err := factors.StopReset(ctx, 7); return err },
			"second factor confirmed": func() error {
				_, err := users.ConfirmTotp(ctx, model.TotpConfirmation{UserID: 7, Pending: "p", Codes: []*model.RecoveryCode{{Id: "new", UserId: 7}}})
				return err
			},
			"recovery codes made": func() error {
				_, err := users.PutRecoveryCodes(ctx, 8, []*model.RecoveryCode{{Id: "newer", UserId: 8}})
				return err
			},
			"second factor removed": func() error { _, err := users.RemoveTotp(ctx, 8, 9); return err },
			"recovery codes":        func() error { _, err := codes.OfUser(ctx, 7); return err },
			"recovery codes left":   func() error { _, err := codes.Left(ctx, 7); return err },
			"recovery code used":    func() error { _, err := codes.Use(ctx, 7, "x7", 9); return err },
			"password":              func() error { _, err := credentials.Secret(ctx, 7, model.KindPassword); return err },
			"new password":          func() error { return credentials.Put(ctx, &model.Credential{UserId: 7, Kind: model.KindPassword}) },
			"better password":       func() error { _, err := credentials.Replace(ctx, &model.Credential{UserId: 7}, ""); return err },
			"failures":              func() error { _, err := failures.Find(ctx, "x7", "x8"); return err },
			"more failures": func() error {
				return failures.Put(ctx, []*model.Failure{{Address: "x7", Rev: 2}, {Address: "nobody", Rev: 1}})
			},
			"old failures": func() error { _, err := failures.Purge(ctx, 3, 10); return err },
			"webhooks due": func() error { _, err := hooks.Due(ctx, "orders", 8); return err },
			"webhook to be tried": func() error {
				_, err := hooks.Claim(ctx, &model.DueWebhook{Webhook: model.Webhook{Id: 7, UserId: 7}}, 9)
				return err
			},
			"webhook again": func() error {
				return hooks.Retry(ctx, &model.DueWebhook{Webhook: model.Webhook{Id: 7, UserId: 7, Endpoint: "orders", Tries: 1}}, 9, "500")
			},
			"webhook settled": func() error {
				_, err := hooks.Settle(ctx, &model.DueWebhook{Webhook: model.Webhook{Id: 8, UserId: 8, Endpoint: "orders", Type: model.UserDeleted}}, model.WebhookDelivered, "200")
				return err
			},
			"webhooks hurried": func() error { return hooks.MakeDue(ctx, "orders") },
			"webhooks expired": func() error { _, err := hooks.Expire(ctx, "orders", 99_000_000_000); return err },
			"webhooks purged":  func() error { _, err := hooks.Purge(ctx, "orders", 99_000_000_000); return err },
			"webhooks counted": func() error { _, err := hooks.Totals(ctx, "orders"); return err },
			"webhooks replayed": func() error {
				_, err := hooks.Replay(ctx, model.Replay{Endpoint: "orders", Since: 1 << 60})
				return err
			},
			"counts":             func() error { _, err := counts.Range(ctx, "h.000000001000", "h.000000001050", 100); return err },
			"old counts":         func() error { _, err := counts.Purge(ctx, "h.", "h.000000000010", 100); return err },
			"more counts":        func() error { return counts.Add(ctx, "w.7", 1, map[string]int64{"h.000000000007.asked.IN": 1}) },
			"endpoints of rows":  func() error { _, err := hooks.Endpoints(ctx); return err },
			"session taken back": func() error { return told.Discard(ctx, &model.Token{Id: "s9", UserId: 9}) },
			"erase":              func() error { return users.Erase(ctx, 9, 9) },
			"anonymous users": func() error {
				_, err := users.List(ctx, model.UserFilter{Limit: 20, Status: model.StatusAnonymous})
				return err
			},
			"anonymous users expired": func() error { _, err := users.Expired(ctx, 9, 100); return err },
			"erase of an anonymous user": func() error {
				_, err := users.EraseAnonymous(ctx, 2990, 9, 9)
				return err
			},
			"upgrade": func() error {
				return conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
					_, err := model.ClearAnonymous(ctx, tx, 2991)
					return err
				})
			},
		}
		for what, call := range calls {
			conn.sent = nil
			if err := call(); err != nil && err != model.ErrNotFound {
				t.Fatalf("%s: %v", what, err)
			}
			if len(conn.sent) == 0 {
				t.Errorf("%s: no statement was recorded", what)
			}
			for _, s := range conn.sent {
				if strings.HasPrefix(s.query, "insert") {
					continue
				}
				if whole := scans(t, db, s); whole != "" {
					t.Errorf("%s scans a whole table: %s\n%s", what, s.query, whole)
				}
			}
		}
	})
}

// scans returns the line of the query plan that scans a whole table, or "".
func scans(t *testing.T, db *store.DB, s statement) string {
	t.Helper()
	explain := "EXPLAIN "
	if db.Dialect == store.SQLite {
		explain = "EXPLAIN QUERY PLAN "
	}
	rows, err := db.SQL.Query(explain+s.query, s.args...)
	if err != nil {
		t.Fatalf("%s: %v", s.query, err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for i, cell := range cells {
			line += fmt.Sprintf("%s=%s ", columns[i], cell.String)
		}
		if strings.Contains(line, "type=ALL") || strings.Contains(line, "type=index ") || strings.Contains(line, "detail=SCAN") && !strings.Contains(line, "SCAN CONSTANT ROW") {
			return line
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ""
}

// fillTables fills the tables until a query planner prefers an index.
func fillTables(t *testing.T, db *store.DB) {
	t.Helper()
	const rows = 3000
	insert := func(into, row string, args func(i int) []any) {
		var values []any
		for i := range rows {
			values = append(values, args(i+1)...)
		}
		query := "INSERT INTO " + into + " VALUES " + strings.TrimSuffix(strings.Repeat(row+",", rows), ",")
		if _, err := db.SQL.Exec(query, values...); err != nil {
			t.Fatal(err)
		}
	}
	insert("`user` (`id`, `username`, `phone`, `email`, `created`, `anonymous`)", "(?, ?, ?, ?, 1, ?)", func(i int) []any {
		name := fmt.Sprintf("x%d", i)
		return []any{i, name, name, name, max(0, i-rows+100)}
	})
	insert("`profile`", "(?, '', '')", func(i int) []any { return []any{i} })
	insert("`credential` (`user_id`, `kind`, `secret`, `changed`)", "(?, 'password', '', 1)", func(i int) []any { return []any{i} })
	insert("`mfa`", "(?, 's', ?, 'p', 1, 0, 0, 0, 0, 0, 1, 1)", func(i int) []any { return []any{i, map[bool]string{true: "p7", false: "p8"}[i%500 == 0]} })
	insert("`recovery_code`", "(?, ?, 0, 1)", func(i int) []any { return []any{fmt.Sprintf("x%d", i), i} })
	insert("`failure`", "(?, 1, 1, 1, 1, 1, 1, 1, ?)", func(i int) []any { return []any{fmt.Sprintf("x%d", i), i} })
	insert("`token` (`id`, `user_id`, `scope`, `hash`, `prev_hash`, `generation`, `user_agent`, `ip`, `auth_time`, `created`, "+
		"`rotated`, `expires`, `ends`, `revoked`)", "(?, ?, 's', 'h', '', 0, '', '', 1, 1, 1, ?, ?, ?)", func(i int) []any {
		return []any{fmt.Sprintf("s%d", i), i, 1000 + i, 1000 + i, max(0, i-rows+5)}
	})
	insert("`revocation` (`at`, `user_id`, `session_id`, `reason`, `role`)", "(?, ?, 's', '', '')", func(i int) []any { return []any{time.Now().UnixMilli() - 1000*int64(i), i} })
	insert("`webhook` (`event`, `endpoint`, `user_id`, `session_id`, `type`, `body`, `at`, `since`, `state`, `due`, `leased`, `tries`, `result`)",
		"(?, ?, ?, '', 'user.updated', '{}', ?, ?, ?, ?, 0, 0, '')", func(i int) []any {
			at, endpoint, state := time.Now().UnixMilli()-1000*int64(i), "orders", model.WebhookDelivered
			if i%10 == 0 {
				state = model.WebhookPending
			}
			if i%2 == 0 {
				endpoint = "other"
			}
			return []any{fmt.Sprintf("e%d", i), endpoint, i, at, at, state, at}
		})
	insert("`tally`", "(?, 1)", func(i int) []any { return []any{fmt.Sprintf("h.%012d.asked.IN", i)} })
	analyze := "ANALYZE"
	if db.Dialect == store.MySQL {
		analyze = "ANALYZE TABLE `user`, `profile`, `token`, `credential`, `revocation`, `failure`, `webhook`, `mfa`, `recovery_code`, `tally`"
	}
	if _, err := db.SQL.Exec(analyze); err != nil {
		t.Fatal(err)
	}
}
