package social

import (
	"net/http"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// mini signs in like a WeChat mini program.
func (w *world) mini(code, phoneCode string) kit.Response {
	w.t.Helper()
	body := object{"provider": "wechat", "providerCode": code}
	if kit.Remember(code); phoneCode != "" {
		kit.Remember(phoneCode)
		body["phoneCode"] = phoneCode
	}
	return w.Post("/user/login/social", body)
}

// A mini program provides a verified number; the website identifies the same person.
func TestMini(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	code := func(person string) string { return w.wechat.Code(w.wechat.MiniAppID, person) }
	used := code("li")
	first := w.mini(used, w.wechat.PhoneCode("li"))
	first.Want(t, http.StatusOK, "")
	if phone := w.Get("/user/info", first.Tokens().Access).Text("phone"); phone != "+8613812345678" || !first.Tokens().IsNew {
		t.Errorf("the number is %q, new %t", phone, first.Tokens().IsNew)
	}
	for what, again := range map[string]kit.Response{"on the website": w.sign("wechat", "li"), "in the mini program": w.mini(code("li"), "")} {
		if again.Want(t, http.StatusOK, ""); w.subjectOf(again) != w.subjectOf(first) {
			t.Errorf("%s opens another account", what)
		}
	}
	for what, resp := range map[string]kit.Response{
		"a code that was used":   w.mini(used, ""),
		"a code that is none":    w.mini("none", ""),
		"the website's code":     w.mini(w.wechat.Code(w.wechat.AppID, "li"), ""),
		"another's number":       w.mini(code("wu"), w.wechat.PhoneCode("li")),
		"a number that is none":  w.mini(code("wu"), "none"),
		"an id_token of another": w.native("wechat", w.google.IDToken("ann", nil), ""),
	} {
		if resp.Status/100 != 4 || resp.Text("accessToken") != "" {
			t.Errorf("%s: %d %s", what, resp.Status, resp.Body)
		}
	}
	w.Post("/user/login/social", object{"provider": "google", "providerCode": "x"}).Want(t, http.StatusBadRequest, "invalid_request")
	// A number that belongs to an account does not open it: WeChat's numbers may be
	// outdated.
	w.SignIn("+8613812345679")
	w.mini(code("wu"), w.wechat.PhoneCode("wu")).Want(t, http.StatusConflict, "phone_taken")
	w.mini(code("wu"), "").Want(t, http.StatusOK, "")
}
