package social

import (
	"net/http"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// link links the account of a proof to the holder of an access token.
func (w *world) link(access string, proof object) kit.Response {
	w.t.Helper()
	return w.Do(kit.Request{Method: http.MethodPost, Path: "/user/links", Bearer: access, Body: proof})
}

func (w *world) unlink(access, provider string) kit.Response {
	w.t.Helper()
	return w.Do(kit.Request{Method: http.MethodDelete, Path: "/user/links/" + provider, Bearer: access})
}

// google returns a proof of a person at Google.
func (w *world) googleProof(subject, nonce string) object {
	token := w.google.IDToken(subject, claims{"nonce": nonce})
	kit.Remember(token)
	return object{"provider": "google", "idToken": token, "nonce": nonce}
}

// A user who is signed in here and there can link the two, and the link then signs in; once
// removed it does not.
func TestLinks(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	here := w.SignIn("+919811112222")
	who := w.Get("/user/check", here.Access).Header.Get("X-User-Id")
	w.link(here.Access, w.googleProof("ann", "n-1")).Want(t, http.StatusOK, "")
	w.link(here.Access, object{"provider": "wechat", "providerCode": w.wechat.Code(w.wechat.MiniAppID, "li")}).Want(t, http.StatusOK, "")
	for what, resp := range map[string]kit.Response{
		"by Google": w.Post("/user/login/social", w.googleProof("ann", "n-2")), "by WeChat": w.sign("wechat", "li"),
	} {
		if resp.Want(t, http.StatusOK, ""); w.subjectOf(resp) != who {
			t.Errorf("%s opens another account", what)
		}
	}
	w.unlink(here.Access, "google").Want(t, http.StatusNoContent, "")
	again := w.Post("/user/login/social", w.googleProof("ann", "n-3"))
	if again.Want(t, http.StatusOK, ""); w.subjectOf(again) == who {
		t.Error("a removed link opens the account")
	}
}

// An invalid proof links nothing, and neither does one linked to another user.
func TestLinks_refused(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	victim := w.Post("/user/login/social", w.googleProof("victim", "n-1"))
	victim.Want(t, http.StatusOK, "")
	evil := w.SignIn("+919811112222")
	w.link(evil.Access, w.googleProof("victim", "n-2")).Want(t, http.StatusConflict, "link_taken")
	for what, proof := range map[string]object{
		"another nonce":          {"provider": "google", "idToken": w.google.IDToken("evil", claims{"nonce": "n"}), "nonce": "m"},
		"of the other provider":  {"provider": "google", "idToken": w.other.IDToken("evil", claims{"nonce": "n"}), "nonce": "n"},
		"a code that is none":    {"provider": "google", "code": "none", "verifier": verifier},
		"a mini program's, none": {"provider": "wechat", "providerCode": "none"},
		"of another application": {"provider": "google", "idToken": w.google.IDToken("evil", claims{"aud": "evil"})},
	} {
		if resp := w.link(evil.Access, proof); resp.Status != http.StatusUnauthorized || resp.Text("code") != "invalid_credentials" {
			t.Errorf("%s: %d %s", what, resp.Status, resp.Body)
		}
	}
	w.unlink(victim.Tokens().Access, "google").Want(t, http.StatusConflict, "last_sign_in_method")
	w.unlink(evil.Access, "google").Want(t, http.StatusNotFound, "not_found")
	back := w.Post("/user/login/social", w.googleProof("victim", "n-3"))
	if back.Want(t, http.StatusOK, ""); w.subjectOf(back) != w.subjectOf(victim) {
		t.Error("the victim gets another account")
	}
}
