package test

import (
	"net/http"
	"testing"
	"time"

	"user-api/test/kit"
)

// A node whose clock is 45 s ahead or behind accepts users of the other node, its users are
// accepted there, and no limit is exceeded.
func TestClocks(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 45 * time.Second, "behind": -45 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := kit.New(t, kit.Real)
			right, wrong := stores.BesideOff(0), stores.BesideOff(off)
			for _, pair := range [][2]*kit.App{{right, wrong}, {wrong, right}} {
				one, other := pair[0], pair[1]
				number := map[*kit.App]string{right: phone, wrong: "+919876543211"}[one]
				nobodyRefused(t, one, other, number)
				limitsHold(t, one, other, number)
			}
		})
	}
}

// nobodyRefused signs in at one node and continues at the other.
func nobodyRefused(t *testing.T, one, other *kit.App, number string) {
	t.Helper()
	id, code := one.AskCode(number)
	signedIn := other.Post("/user/login", object{"otpId": id, "otp": code})
	signedIn.Want(t, http.StatusOK, "")
	tokens := signedIn.Tokens()
	for _, node := range []*kit.App{one, other, one} {
		check := node.Get("/user/check", tokens.Access)
		check.Want(t, http.StatusOK, "")
		if left := check.Number("expiresIn"); left < 870 || left > 900 {
			t.Errorf("a new access token is valid for %d s, want 900", left)
		}
		node.Get("/user/info", tokens.Access).Want(t, http.StatusOK, "")
		// A recent sign-in is recent on both nodes.
		node.Do(kit.Request{Method: http.MethodPatch, Path: "/user/info", Bearer: tokens.Access, Body: object{"username": "u" + number[1:]}}).
			Want(t, http.StatusOK, "")
		next := refresh(node, tokens.Refresh)
		next.Want(t, http.StatusOK, "")
		again := refresh(one, tokens.Refresh) // the reply was lost, and the retry goes to another node
		again.Want(t, http.StatusOK, "")
		if next.Tokens().Refresh != again.Tokens().Refresh {
			t.Error("within the grace period a retry gets another successor")
		}
		tokens = next.Tokens()
	}
	other.Do(kit.Request{Method: http.MethodPost, Path: "/user/password", Bearer: tokens.Access, Body: object{"newPassword": passOne}}).
		Want(t, http.StatusNoContent, "")
	for _, node := range []*kit.App{one, other} {
		byPassword(node, "phone", number, passOne).Want(t, http.StatusOK, "")
	}
	one.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: tokens.Access}).Want(t, http.StatusNoContent, "")
	other.Await("the end of the session", func() bool { return other.Get("/user/check", tokens.Access).Status == http.StatusUnauthorized })
}

// limitsHold requests from both nodes what only one may grant.
func limitsHold(t *testing.T, one, other *kit.App, number string) {
	t.Helper()
	for _, node := range []*kit.App{one, other} {
		again := node.Post("/user/otp", object{"phone": number})
		again.Want(t, http.StatusTooManyRequests, "rate_limited")
		if wait := again.Number("retryAfter"); wait < 1 || wait > 60 {
			t.Errorf("retryAfter %d, want the rest of the cooldown", wait)
		}
	}
}
