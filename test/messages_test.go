package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/test/kit"
)

// text returns the only message to an address.
func text(app *kit.App, to string) string {
	app.Inbox(to, 1)
	resp := app.Get("/dev/inbox?to="+strings.ReplaceAll(to, "+", "%2B"), "")
	message, _ := resp.JSON["messages"].([]any)[0].(map[string]any)
	body, _ := message["body"].(string)
	return body
}

func TestOtp_language(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, phone, locale, accepts, want string }{
		{"the request's locale", "+919876543211", "ko", "fr", "인증번호"},
		{"the header", "+919876543212", "", "fr-CA,fr;q=0.9,en;q=0.8", "est votre code"},
		{"the number's country", "+4915123456789", "", "", "ist Ihr"},
		{"English", "+919876543213", "", "", "Never share it"},
	}
	app := kit.New(t, kit.Embedded)
	for _, tt := range tests {
		body := object{"phone": tt.phone}
		if tt.locale != "" {
			body["locale"] = tt.locale
		}
		header := map[string]string{}
		if tt.accepts != "" {
			header["Accept-Language"] = tt.accepts
		}
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: body, Header: header}).Want(t, 200, "")
		if got := text(app, tt.phone); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q in it", tt.name, got, tt.want)
		}
	}
}

func TestOtp_ownTexts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shipped, err := os.ReadFile("../internal/delivery/template/texts/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(shipped), "{code} is your {app} code to sign in.", "{app}: {code}.", 1)
	if err := os.WriteFile(filepath.Join(dir, "en.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	app := kit.New(t, kit.Embedded, kit.Option("Delivery: {AppName: Acme & Co, Texts: "+dir+"}"),
		kit.Option("Otp: {WebOtpDomain: login.example.com}"))
	code := func() string {
		app.Post("/user/otp", object{"phone": phone}).Want(t, 200, "")
		return app.Inbox(phone, 1)[0]
	}()
	want := "Acme & Co: " + code + ". Never share it: we will never ask you for it.\n\n@login.example.com #" + code
	if got := text(app, phone); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A name that makes messages longer causes costs but no errors; the log states how much.
func TestOtp_longName(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, kit.Option("Delivery: {AppName: Itaú Unibanco Holding São Paulo, Languages: [pt, en]}"))
	app.Post("/user/otp", object{"phone": "+5511912345678"}).Want(t, 200, "")
	if got := text(app, "+5511912345678"); !strings.Contains(got, "Itaú Unibanco Holding São Paulo") {
		t.Errorf("%q", got)
	}
	if !strings.Contains(kit.Log(), "São Paulo") || !strings.Contains(kit.Log(), "text messages take up to") {
		t.Errorf("the log does not state what the name costs")
	}
}
