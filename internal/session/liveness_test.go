package session_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

func accessOf(id string, user int64) token.Access {
	return token.Access{SessionID: id, UserID: user, Role: model.RoleUser}
}

// Check queries no store for a session that is active, ended on this node, is another user's or was
// never opened.
func TestCheck_noStore(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions, db := openOn(t, r)
	var grants []session.Grant
	for range 2 {
		grant, err := sessions.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
		if err != nil {
			t.Fatal(err)
		}
		grants = append(grants, grant)
	}
	living, ended := grants[0].SessionID, grants[1].SessionID
	if err := sessions.Revoke(ctx, ended, model.EndedBySignOut); err != nil {
		t.Fatal(err)
	}
	db.Close()
	sessions.Redis = redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	raw, _ := base64.RawURLEncoding.DecodeString(living)
	raw[5] ^= 1
	for name, c := range map[string]struct {
		access token.Access
		want   apperr.Code
	}{
		"living":             {accessOf(living, 1), ""},
		"ended":              {accessOf(ended, 1), apperr.SessionEnded},
		"another user's":     {accessOf(living, 2), apperr.Unauthorized},
		"nobody's":           {accessOf(base64.RawURLEncoding.EncodeToString(raw), 1), apperr.Unauthorized},
		"of another length":  {accessOf(living+"A", 1), apperr.Unavailable}, // would need a lookup
		"of another release": {accessOf(strings.Repeat("A", 22), 1), apperr.Unavailable},
	} {
		role, err := sessions.Check(ctx, c.access)
		if c.want == "" && (err != nil || role != model.RoleUser) || c.want != "" && !apperr.Is(err, c.want) {
			t.Errorf("%s: %q, %v, want %q", name, role, err, c.want)
		}
	}
}

// A session id of the first release, or under a secret that has changed since, is looked up in the
// table. Only its user is accepted, and an end recorded only in the table takes effect.
func TestCheck_lookedUp(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	before, db := openOn(t, r)
	grant, err := before.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Repeat("a", 22)
	row, err := before.Tokens.FindOne(ctx, grant.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	old := *row
	old.Id = first
	if _, err := before.Tokens.Insert(ctx, &old); err != nil {
		t.Fatal(err)
	}
	rotating, after := node(t, r, db, secretTwo, secretOne), node(t, r, db, secretTwo)
	for name, c := range map[string]struct {
		node *session.Sessions
		id   string
	}{
		"first release": {before, first}, "two secrets": {rotating, grant.SessionID}, "another secret": {after, grant.SessionID},
	} {
		if _, err := c.node.Check(ctx, accessOf(c.id, 1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.node.Check(ctx, accessOf(c.id, 2)); !apperr.Is(err, apperr.Unauthorized) {
			t.Errorf("%s, of another user: %v, want unauthorized", name, err)
		}
	}
	if _, err := after.Check(ctx, accessOf(strings.Repeat("b", 22), 1)); !apperr.Is(err, apperr.SessionEnded) {
		t.Errorf("an unknown session: %v, want session_ended", err)
	}
	// End it like a node of the first release.
	if _, err := db.SQL.Exec("UPDATE `token` SET `revoked` = 1"); err != nil {
		t.Fatal(err)
	}
	r.Clock.Add(4e9)
	for _, id := range []string{first, grant.SessionID} {
		if _, err := after.Check(ctx, accessOf(id, 1)); !apperr.Is(err, apperr.SessionEnded) {
			t.Errorf("%s, ended elsewhere 4 s ago: %v, want session_ended", id, err)
		}
	}
}
