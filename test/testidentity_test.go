package test

import (
	"context"
	"strings"
	"testing"

	"user-api/internal/config"
	"user-api/internal/svc"
	"user-api/test/kit"
)

const (
	reviewer = "+15005550006"
	fixed    = "7350912468"
)

// A reviewer signs in with the agreed code, and no message is sent.
func TestTestIdentity(t *testing.T) {
	const identity = "Otp: {TestIdentities: [{To: '+15005550006', Code: '7350912468'}, {To: Review@Example.com, Code: '7350912468'}]}"
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for kind, to := range map[string]string{byPhone: reviewer, byEmail: "review@example.com"} {
			ask := app.Post("/user/otp", object{kind: to})
			ask.Want(t, 200, "")
			app.Await("status sent", func() bool { return app.Get("/user/otp/"+ask.Text("otpId"), "").Text("status") == "sent" })
			ask = app.Post("/user/otp", object{kind: to}) // immediately: tests follow each other
			ask.Want(t, 200, "")
			app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": "0000000000"}).Want(t, 401, "otp_invalid")
			login := app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": fixed})
			login.Want(t, 200, "")
			app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": fixed}).Want(t, 401, "otp_invalid")
			// App stores also require that an account can be deleted.
			again := app.Post("/user/otp", object{kind: to})
			again.Want(t, 200, "")
			call(app, "DELETE", "/user", login.Text("accessToken"), object{"otpId": again.Text("otpId"), "otp": fixed}).Want(t, 204, "")
			if codes := app.Inbox(to, 0); len(codes) > 0 {
				t.Errorf("%d messages went to %s, want none", len(codes), to)
			}
		}
		// Other users get real codes, and the fixed one is wrong.
		other := app.Post("/user/otp", object{"phone": phone})
		app.Post("/user/login", object{"otpId": other.Text("otpId"), "otp": fixed}).Want(t, 401, "otp_invalid")
		app.Inbox(phone, 1)
	}, identity)
}

func TestTestIdentity_elsewhere(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ask := app.Post("/user/otp", object{"phone": reviewer})
		ask.Want(t, 200, "")
		app.Await("status sent", func() bool { return app.Get("/user/otp/"+ask.Text("otpId"), "").Text("status") == "sent" })
		app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": fixed}).Want(t, 401, "otp_invalid")
		if codes := app.Inbox(reviewer, 0); len(codes) > 0 {
			t.Errorf("%d messages went to a test identity, want none", len(codes))
		}
	}, "Otp: {TestIdentities: [{To: '+15005550006', Code: '7350912468', Clients: [203.0.113.0/24]}]}")
}

// A test identity that cannot request a code is a mistake, and one valid until the next
// century a backdoor: both fail at the start.
func TestTestIdentity_refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mode, yaml string }{
		"another country":      {config.ModeTest, "Sms: {AllowedRegions: [IN]}\nOtp: {TestIdentities: [{To: '+15005550006', Code: '123456'}]}"},
		"a premium number":     {config.ModeTest, "Otp: {TestIdentities: [{To: '+19002345678', Code: '123456'}]}"},
		"a year ahead, in pro": {config.ModePro, "Otp: {TestIdentities: [{To: '+919876543210', Code: '123456', Until: 2099-01-01}]}"},
	} {
		conf, err := config.Parse([]byte("Mode: test\nDataSource: sqlite:"+t.TempDir()+"/user.db\n"+c.yaml), func(string) string { return "" })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		conf.Mode = c.mode
		conf.Otp.Pepper = strings.Repeat("p", 32)
		conf.Auth.AccessSecret, conf.Auth.RefreshSecret = strings.Repeat("a", 32), strings.Repeat("r", 32)
		service, err := svc.NewServiceContext(context.Background(), conf, svc.Options{})
		if err == nil {
			service.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "Otp.TestIdentities[0]") || strings.Contains(err.Error(), "123456") {
			t.Errorf("%s: %v, want an error that names the key and not the code", name, err)
		}
	}
}
