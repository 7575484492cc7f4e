package session_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

// said holds the claims of an access token that describe its session.
type said struct {
	ClientID string   `json:"client_id"`
	AuthTime int64    `json:"auth_time"`
	AMR      []string `json:"amr"`
}

func minted(t *testing.T, sessions *session.Sessions, g session.Grant) said {
	t.Helper()
	raw, _, err := sessions.MintAccess(g, model.RoleUser, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var s said
	if err := json.Unmarshal(claims, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The client, methods and time of a sign-in stay the same when the session is refreshed.
func TestMintAccess_client(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions := open(t, r)
	proven := r.Clock.Now().Add(-5 * time.Minute)
	for name, c := range map[string]struct {
		by   session.Opener
		more []string
		want said
	}{
		"defaults": {session.Opener{}, nil, said{session.OwnClient, r.Clock.Now().Unix(), nil}},
		"a client": {
			session.Opener{ClientID: "c1", Methods: []string{"otp", "sms"}, AuthTime: proven}, nil, said{"c1", proven.Unix(), []string{"otp", "sms"}},
		},
		"two factors": {
			session.Opener{Methods: []string{"otp", "sms"}}, []string{"otp"}, said{session.OwnClient, r.Clock.Now().Unix(), []string{"otp", "sms", "mfa"}},
		},
	} {
		g, err := sessions.Open(ctx, 1, c.by, session.Device{}, anyone)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.more) > 0 {
			if err := sessions.AddMethods(ctx, &g, c.more); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(c.want, minted(t, sessions, g)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		r.Clock.Add(30 * time.Second)
		next, err := sessions.Rotate(ctx, g.RefreshToken, c.by.ClientID, session.Device{}, admit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, minted(t, sessions, next)); diff != "" {
			t.Errorf("%s, refreshed (-want +got):\n%s", name, diff)
		}
		again, err := sessions.Rotate(ctx, g.RefreshToken, c.by.ClientID, session.Device{}, admit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, minted(t, sessions, again)); diff != "" {
			t.Errorf("%s, repeated (-want +got):\n%s", name, diff)
		}
		r.Clock.Add(-30 * time.Second)
	}
}

// A node of the previous release opens sessions without the columns of this one.
func TestRotate_releaseBefore(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions, db := openOn(t, r)
	g, err := sessions.Open(ctx, 1, session.Opener{Methods: []string{"pwd"}}, session.Device{}, anyone)
	if err != nil {
		t.Fatal(err)
	}
	const columns = "`id`, `user_id`, `scope`, `hash`, `prev_hash`, `generation`, `user_agent`, `ip`, `auth_time`, `created`, `rotated`, `expires`, `ends`, `revoked`, `challenge`"
	for _, statement := range []string{
		"CREATE TABLE old AS SELECT " + columns + " FROM `token`", "DELETE FROM `token`",
		"INSERT INTO `token` (" + columns + ") SELECT " + columns + " FROM old",
	} {
		if _, err := db.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	next, err := sessions.Rotate(ctx, g.RefreshToken, "", session.Device{}, admit)
	if err != nil {
		t.Fatal(err)
	}
	want := said{ClientID: session.OwnClient, AuthTime: r.Clock.Now().Unix()}
	if diff := cmp.Diff(want, minted(t, sessions, next)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := sessions.Check(ctx, token.Access{SessionID: g.SessionID, UserID: 1, Role: model.RoleUser}); err != nil {
		t.Error(err)
	}
}

// A refresh token works only for the client of its session. Its use by another client ends nothing,
// however old the token is.
func TestRotate_otherClient(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions := open(t, r)
	for _, own := range []string{"", "c1"} {
		g, err := sessions.Open(ctx, 1, session.Opener{ClientID: own}, session.Device{}, anyone)
		if err != nil {
			t.Fatal(err)
		}
		last := g
		for range 2 {
			if last, err = sessions.Rotate(ctx, last.RefreshToken, own, session.Device{}, admit); err != nil {
				t.Fatal(err)
			}
		}
		r.Clock.Add(20 * time.Second) // beyond the grace, where its own client would end the session
		for _, other := range []string{"", "c1", "c2"} {
			for _, raw := range []string{g.RefreshToken, last.RefreshToken} {
				if other == own {
					continue
				}
				if _, err := sessions.Rotate(ctx, raw, other, session.Device{}, admit); !apperr.Is(err, apperr.RefreshInvalid) {
					t.Errorf("token of client %q used by %q: %v, want refresh_invalid", own, other, err)
				}
			}
		}
		if _, err := sessions.Rotate(ctx, last.RefreshToken, own, session.Device{}, admit); err != nil {
			t.Errorf("client %q afterwards: %v", own, err)
		}
	}
}
