package authztest_test

import (
	"errors"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// Each change is in force when its method returns, for every Auth that follows the issuer.
func TestIssuer(t *testing.T) {
	issuer := authztest.New(t)
	auths := []*authz.Auth{issuer.Auth(), issuer.Auth(), issuer.Auth(authz.WhenLate(authz.FailClosed))}
	want := func(what, raw, role string, refused *authz.Error) {
		t.Helper()
		for i, auth := range auths {
			p, err := auth.Verify(t.Context(), raw)
			if refused == nil && (err != nil || p.Role != role) || refused != nil && !errors.Is(err, refused) {
				t.Errorf("%s: Auth %d says %+v, %v, want role %q or %v", what, i, p, err, role, refused)
			}
		}
	}
	s := issuer.SignIn(authztest.User{ID: 7, Role: "editor"})
	want("a sign-in", s.Token, "editor", nil)
	issuer.SetRole(7, "admin")
	want("another role", s.Token, "admin", nil)
	want("another role, in a token of later", issuer.Refresh(s), "admin", nil)
	issuer.Advance(authztest.Life - time.Second)
	want("nearly expired", s.Token, "admin", nil)
	issuer.Advance(time.Minute)
	want("expired", s.Token, "", authz.ErrUnauthorized)
	want("refreshed", issuer.Refresh(s), "admin", nil)

	old, oldKey := issuer.Refresh(s), issuer.KeyID()
	if kid := issuer.RotateKey(authztest.EdDSA); kid == oldKey || kid != issuer.KeyID() {
		t.Errorf("the new key is %s, and %s signs", kid, issuer.KeyID())
	}
	want("by the key before", old, "admin", nil)
	want("by the new key", issuer.Refresh(s), "admin", nil)
	issuer.RevokeKey(oldKey)
	want("by the revoked key", old, "", authz.ErrUnauthorized)
	want("by the key that stays", issuer.Refresh(s), "admin", nil)

	issuer.Ban(7)
	want("banned", issuer.Refresh(s), "", authz.ErrSessionEnded)
	issuer.Unban(7)
	want("an old session", issuer.Refresh(s), "", authz.ErrSessionEnded)
	want("a new one", issuer.Token(authztest.User{ID: 7}), "admin", nil)
}

// The issuer does not wait for an Auth that is closed or whose test has ended.
func TestIssuer_closed(t *testing.T) {
	issuer := authztest.New(t)
	left := issuer.Auth()
	left.Close()
	begun := time.Now()
	issuer.End(issuer.SignIn(authztest.User{}))
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("waited for a closed Auth: %v", took)
	}
}

// Late delays changes and Down everything, until Up.
func TestIssuer_up(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth(authz.WhenLate(authz.AllowUntilExpiry))
	for name, away := range map[string]func(){"late": issuer.Late, "down": issuer.Down} {
		s := issuer.SignIn(authztest.User{})
		away()
		issuer.End(s)
		if _, err := auth.Verify(t.Context(), s.Token); err != nil {
			t.Errorf("%s: the end is known: %v", name, err)
		}
		if behind, _ := auth.Behind(); behind < 6*time.Second {
			t.Errorf("%s: only %v behind", name, behind)
		}
		issuer.Up()
		if _, err := auth.Verify(t.Context(), s.Token); !errors.Is(err, authz.ErrSessionEnded) {
			t.Errorf("after %s: the end is not known: %v", name, err)
		}
		if behind, _ := auth.Behind(); behind > 2*time.Second {
			t.Errorf("after %s: %v behind", name, behind)
		}
	}
}
