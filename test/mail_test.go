package test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

// An unusual address can sign in, request codes and be erased like any other.
func TestMail_oddAddresses(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	for _, email := range []string{"+ann@example.com", "+919876543210@example.com", "a..nn@docomo.ne.jp", "ann.@ezweb.ne.jp"} {
		ask := app.Post("/user/otp", object{"email": email})
		ask.Want(t, http.StatusOK, "")
		code := app.Inbox(email, 1)[0]
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"otpId": ask.Text("otpId")}).Want(t, http.StatusOK, "")
		app.Inbox(email, 2)
		user := app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": code}).Tokens()
		if got := app.Get("/user/info", user.Access); got.Text("email") != email {
			t.Errorf("%s: signed in as %s", email, got.Body)
		}
	}
	for _, email := range []string{"ann@127.0.0.1", "ann@example.123", "ann.@example.com", "ann@[127.0.0.1]"} {
		app.Post("/user/otp", object{"email": email}).Want(t, http.StatusBadRequest, "invalid_email")
	}
}

const signInPage = "https://app.example.com/signin"

// signInLink requests a code with a key and returns what the page gets from the link in the
// e-mail.
func signInLink(t *testing.T, app *kit.App, email, key string) (otpID, code string) {
	t.Helper()
	app.Do(kit.Request{
		Method: http.MethodPost, Path: "/user/otp", Body: object{"email": email}, Header: map[string]string{"Idempotency-Key": key},
	}).Want(t, http.StatusOK, "")
	links := regexp.MustCompile(`https://\S+`).FindAllString(text(app, email), -1)
	if len(links) != 1 || !strings.HasPrefix(links[0], signInPage+"#") {
		t.Fatalf("links %q, want one to %s", links, signInPage)
	}
	fragment, err := url.ParseQuery(strings.TrimPrefix(links[0], signInPage+"#"))
	if err != nil {
		t.Fatal(err)
	}
	return fragment.Get("otpId"), fragment.Get("otp")
}

// The link signs in once, like its code: the requesting browser proves itself with the key,
// and another one submits the code as if typed.
func TestMail_signInLink(t *testing.T) {
	const key, other = "a-key-of-the-browser-that-asked", "a-key-of-another-browser-altogether"
	kit.Each(t, func(t *testing.T, app *kit.App) {
		login := func(otpID, code, askedWith string) kit.Response {
			return app.Post("/user/login", object{"otpId": otpID, "otp": code, "askedWith": askedWith})
		}
		otpID, code := signInLink(t, app, "ann@example.com", key)
		login(otpID, code, other).Want(t, http.StatusUnauthorized, "otp_invalid")
		if left := login(otpID, strings.Repeat("0", len(code)), key).Number("attemptsLeft"); left != 3 {
			t.Errorf("%d tries left after two wrong answers, want 3", left)
		}
		login(otpID, code, key).Want(t, http.StatusOK, "")
		login(otpID, code, key).Want(t, http.StatusUnauthorized, "otp_invalid")
		login(otpID, code, "").Want(t, http.StatusUnauthorized, "otp_invalid")

		// In another browser, after the user has confirmed.
		otpID, code = signInLink(t, app, "bob@example.com", "another-key-of-the-first-browser")
		login(otpID, code, other).Want(t, http.StatusUnauthorized, "otp_invalid")
		login(otpID, code, "").Want(t, http.StatusOK, "")

		// A code requested without a key does not work with one.
		ask := app.Post("/user/otp", object{"email": "cid@example.com"})
		code = app.Inbox("cid@example.com", 1)[0]
		login(ask.Text("otpId"), code, key).Want(t, http.StatusUnauthorized, "otp_invalid")
		login(ask.Text("otpId"), code, "").Want(t, http.StatusOK, "")

		app.Post("/user/login", object{"username": "ann", "password": passOne, "askedWith": key}).Want(t, http.StatusBadRequest, "invalid_request")
		app.Post("/user/login", object{"otpId": otpID, "otp": code, "askedWith": strings.Repeat("k", 129)}).Want(t, http.StatusBadRequest, "invalid_request")
		if log := kit.Log(); strings.Contains(log, signInPage) || strings.Contains(log, key) {
			t.Error("the log contains the link or the key")
		}
	}, kit.Option("Email: {Link: "+signInPage+"}"))
}

// Only the sign-in e-mail has a link.
func TestMail_noOtherLink(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, kit.Option("Email: {Link: "+signInPage+"}"))
	user := app.SignIn(phone)
	call(app, http.MethodPost, "/user/email/otp", user.Access, object{"email": "ann@example.com"}).Want(t, http.StatusOK, "")
	if got := text(app, "ann@example.com"); strings.Contains(got, "http") {
		t.Errorf("a link in the e-mail that proves an address:\n%s", got)
	}
	if got := text(app, phone); strings.Contains(got, "http") {
		t.Errorf("a link in a text message:\n%s", got)
	}
}
