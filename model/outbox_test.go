package model_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// outbox makes rows for one endpoint, for all or some kinds.
type outbox struct {
	only []string
	fail error

	mu      sync.Mutex
	made    int
	written int
}

func (o *outbox) Wants(kind string) bool {
	return slices.Contains(model.OutboxKinds, kind) && (o.only == nil || slices.Contains(o.only, kind))
}

func (o *outbox) Rows(events ...model.OutboxEvent) (rows []*model.Webhook, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range events {
		if !o.Wants(h.Kind) {
			continue
		}
		if o.fail != nil {
			return nil, o.fail
		}
		o.made++
		body := strings.TrimSpace(strings.Join(append(h.Changed, h.Phone, h.Email, h.Role, h.Reason), " "))
		rows = append(rows, &model.Webhook{
			Event: fmt.Sprintf("evt_%d", o.made), Endpoint: "orders", UserId: h.UserID, SessionId: h.SessionID, Type: h.Kind,
			Body: strings.Join(strings.Fields(body), " "),
		})
	}
	return rows, nil
}

func (o *outbox) Written() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written++
}

// drain returns the outbox rows so far and deletes them.
func drain(t *testing.T, db *store.DB) []string {
	t.Helper()
	rows, err := db.SQL.Query("SELECT `type`, `user_id`, `session_id`, `body` FROM `webhook` ORDER BY `id`")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var kind, session, body string
		var user int64
		if err := rows.Scan(&kind, &user, &session, &body); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s %d %s %s", kind, user, session, body)), " "))
	}
	if _, err := db.SQL.Exec("DELETE FROM `webhook`"); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every change of users and sessions writes outbox rows, and a rollback writes none.
func TestOutbox(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		box := &outbox{}
		c := changes(db)
		c.Outbox = box
		cached := model.NewRowCache(testkit.EmbeddedRedis(t).Client, newRing(t), &model.CacheGeneration{})
		users, tokens := model.NewUserModel(db.Conn, cached, c), model.NewTokenModel(db.Conn, c)
		ending := func(reason, except string) model.Ending { return model.Ending{Reason: reason, Except: except, Now: 9} }
		replaced, name := ending(model.EndedByAddress, "s2"), "ann"
		insert := func(id string) error { _, err := tokens.Insert(ctx, token(id, 7)); return err }
		failed := errors.New("no")
		for _, step := range []struct {
			what string
			do   func() error
			want []string
			err  bool
		}{
			{"a user", func() error {
				_, err := users.Insert(ctx, &model.User{Id: 7, Phone: text("+1"), Role: "user", Status: "active"})
				return err
			}, []string{"user.created 7 +1 user"}, false},
			{"a user with a password", func() error {
				return users.InsertWith(ctx, &model.User{Id: 8, Email: text("b@x"), Role: "user", Status: "active"}, &model.Credential{UserId: 8, Kind: model.KindPassword})
			}, []string{"user.created 8 b@x user"}, false},
			{"a user who is there", func() error {
				_, err := users.Insert(ctx, &model.User{Id: 9, Phone: text("+1"), Role: "user", Status: "active"})
				return err
			}, nil, true},
			{"users from elsewhere", func() error {
				return users.Import(ctx, model.Import{Users: []*model.User{{Id: 10, Role: "user", Status: "active"}, {Id: 11, Role: "admin", Status: "active"}}})
			}, []string{"user.created 10 user imported", "user.created 11 admin imported"}, false},
			{"sessions", func() error { return errors.Join(insert("s1"), insert("s2")) }, []string{"session.created 7 s1", "session.created 7 s2"}, false},
			{"a session that is there", func() error { return insert("s1") }, nil, true},
			{"a session of nobody", func() error { _, err := tokens.Insert(ctx, token("s0", 999)); return err }, nil, true},
			{"another address", func() error { return users.Bind(ctx, 7, model.UserPhone, "+2", &replaced) },
				[]string{"address.bound 7 +2", "session.ended 7 s1 address"}, false},
			{"a first address", func() error { return users.Bind(ctx, 7, model.UserEmail, "a@x", nil) }, []string{"address.bound 7 a@x"}, false},
			{"an address of another", func() error { return users.Bind(ctx, 7, model.UserEmail, "b@x", nil) }, nil, true},
			{"an address less", func() error {
				e := ending(model.EndedByAddress, "s2")
				_, err := users.RemoveWay(ctx, 7, model.Way{Kind: model.WayEmail}, model.Ways{}, &e)
				return err
			}, []string{"address.removed 7 a@x"}, false},
			{"the last address", func() error {
				e := ending(model.EndedByAddress, "")
				_, err := users.RemoveWay(ctx, 7, model.Way{Kind: model.WayPhone}, model.Ways{Email: true}, &e)
				return err
			}, nil, true},
			{"a description", func() error {
				return users.UpdateProfile(ctx, 7, model.ProfileUpdate{Username: &name, Merged: "metadata", Merge: func(*model.Profile) error { return nil }})
			}, []string{"user.updated 7 username metadata"}, false},
			{"a description that fails", func() error {
				return users.UpdateProfile(ctx, 7, model.ProfileUpdate{Merged: "metadata", Merge: func(*model.Profile) error { return failed }})
			}, nil, true},
			{"a number in another spelling", func() error { _, err := users.Renumber(ctx, 7, "+2", "+3"); return err }, []string{"user.updated 7 phone"}, false},
			{"a number that is gone", func() error { _, err := users.Renumber(ctx, 7, "+2", "+4"); return err }, nil, false},
			{"a role", func() error { return users.SetRole(ctx, 7, "admin") }, []string{"user.role_changed 7 admin"}, false},
			{"a role, unless the last", func() error {
				return users.KeepAdmin(ctx, 7, 9, func(m model.UserModel) error { return m.SetRole(ctx, 7, "user") })
			}, []string{"user.role_changed 7 user"}, false},
			{"a change that is taken back", func() error {
				return users.KeepAdmin(ctx, 7, 9, func(m model.UserModel) error { return errors.Join(m.SetRole(ctx, 7, "admin"), failed) })
			}, nil, true},
			{"a password", func() error {
				return users.PutCredential(ctx, &model.Credential{UserId: 7, Kind: model.KindPassword}, ending(model.EndedByPassword, ""))
			}, []string{"password.changed 7", "session.ended 7 s2 password"}, false},
			{"a sign-out", func() error {
				_, err := tokens.Revoke(ctx, "s2", model.EndedBySignOut, 9)
				return errors.Join(insert("s3"), err)
			}, []string{"session.created 7 s3"}, false},
			{"a sign-out that ends something", func() error {
				lived, err := tokens.Revoke(ctx, "s3", model.EndedBySignOut, 9)
				if !lived {
					t.Error("s3 had ended before")
				}
				return errors.Join(err, insert("s5"))
			}, []string{"session.ended 7 s3 signed_out", "session.created 7 s5"}, false},
			{"a ban", func() error { return users.Ban(ctx, 7, "text", 0, ending(model.EndedByBan, "")) },
				[]string{"user.banned 7", "session.ended 7 s5 banned"}, false},
			{"no ban", func() error { return users.Unban(ctx, 7) }, []string{"user.unbanned 7"}, false},
			{"a ban of nobody", func() error { return users.Ban(ctx, 999, "", 0, ending(model.EndedByBan, "")) }, nil, false},
			{"an end for everybody", func() error {
				_, err := users.EndProofsAfter(ctx, 0, 10, ending(model.EndedByOperator, ""))
				return errors.Join(insert("s4"), err)
			}, []string{"session.created 7 s4"}, false},
			{"leaving", func() error { return users.Erase(ctx, 7, 9) }, []string{"session.ended 7 s4 erased", "user.deleted 7"}, false},
			{"leaving again", func() error { return users.Erase(ctx, 7, 9) }, nil, false},
		} {
			err := step.do()
			if (err != nil) != step.err {
				t.Errorf("%s: %v", step.what, err)
			}
			if diff := cmp.Diff(step.want, drain(t, db)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.what, diff)
			}
		}
		// An entry about a signing key does not concern a session.
		keys := model.NewSigningKeyModel(db.Conn, c)
		if _, err := keys.Add(ctx, &model.SigningKey{Id: "k1", Alg: "ES256", State: model.StandbyKey}, 1000); err != nil {
			t.Fatal(err)
		}
		if revoked, err := keys.Revoke(ctx, "k1"); !revoked || err != nil {
			t.Fatal(revoked, err)
		}
		if got := drain(t, db); len(got) != 0 {
			t.Errorf("a key wrote %v", got)
		}
		if box.written == 0 {
			t.Error("the outbox was not notified of a commit")
		}

		// If the outbox fails, the change is rolled back.
		box.fail = failed
		if err := users.Ban(ctx, 8, "", 0, ending(model.EndedByBan, "")); !errors.Is(err, failed) {
			t.Errorf("ban: %v, want %v", err, failed)
		}
		if u, err := users.FindCurrent(ctx, 8); err != nil || u.Status != model.StatusActive {
			t.Errorf("the user is %v, %v, want it unchanged", u, err)
		}
	})
}

// Coalesced inserts of sessions write one row for each session, and none for a rejected one.
func TestOutbox_coalesced(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		c := changes(db)
		c.Outbox = &outbox{}
		users, tokens := model.NewUserModel(db.Conn, nil, changes(db)), model.NewTokenModel(db.Conn, c)
		if _, err := users.Insert(ctx, &model.User{Id: 7, Role: "user", Status: "active"}); err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for i := range 40 {
			calls.Go(func() {
				id, user := fmt.Sprintf("s%02d", i), int64(7)
				if i == 20 {
					user = 999
				}
				if _, err := tokens.Insert(context.Background(), token(id, user)); (err != nil) != (i == 20) {
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		calls.Wait()
		all := drain(t, db)
		slices.Sort(all)
		if len(all) != 39 || len(slices.Compact(all)) != 39 || slices.Contains(all, "session.created 999 s20") {
			t.Errorf("%d rows: %v", len(all), all)
		}
	})
}

// Discard deletes the pending event of a session, or adds its end if the event may have been
// sent.
func TestDiscard(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		c := changes(db)
		c.Outbox = &outbox{}
		users, tokens, hooks := model.NewUserModel(db.Conn, nil, changes(db)), model.NewTokenModel(db.Conn, c), model.NewWebhookModel(db.Conn, c.Clock)
		if _, err := users.Insert(ctx, &model.User{Id: 7, Role: "user", Status: "active"}); err != nil {
			t.Fatal(err)
		}
		insert := func(id string) *model.Token {
			row := token(id, 7)
			if _, err := tokens.Insert(ctx, row); err != nil {
				t.Fatal(err)
			}
			return row
		}
		row := insert("s1")
		if due, err := hooks.Due(ctx, "orders", 10); err != nil || len(due) != 0 {
			t.Errorf("due immediately: %v, %v; want it held back", due, err)
		}
		if err := tokens.Discard(ctx, row); err != nil {
			t.Fatal(err)
		}
		if got := drain(t, db); len(got) != 0 {
			t.Errorf("rows: %v, want none", got)
		}
		row = insert("s2")
		if _, err := db.SQL.Exec("UPDATE `webhook` SET `tries` = 1"); err != nil {
			t.Fatal(err)
		}
		if err := tokens.Discard(ctx, row); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"session.created 7 s2", "session.ended 7 s2 refused"}, drain(t, db)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if _, err := tokens.FindOne(ctx, "s2"); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("the session: %v, want none", err)
		}
	})
}

// If no endpoint subscribes to a kind, the change uses no transaction.
func TestOutbox_unsubscribed(t *testing.T) {
	db := sqliteDB(t)
	conn := &recorder{SqlConn: db.Conn}
	c := changes(db)
	c.Outbox = &outbox{only: []string{model.UserDeleted}}
	users, tokens := model.NewUserModel(conn, nil, c), model.NewTokenModel(conn, c)
	if _, err := users.Insert(ctx, &model.User{Id: 7, Role: "user", Status: "active"}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Insert(ctx, token("s1", 7)); err != nil {
		t.Fatal(err)
	}
	if conn.begun > 0 {
		t.Errorf("%d transactions, want none", conn.begun)
	}
	for _, s := range conn.sent {
		if strings.Contains(s.query, "webhook") {
			t.Errorf("sent %s", s.query)
		}
	}
}
