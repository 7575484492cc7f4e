package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/internal/client"
	"user-api/internal/signin"
	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// The sign-in page: codes, and all that becomes of them.
func TestSignin(t *testing.T) {
	start(t, "Sms: {Channels: [sms, whatsapp, voice]}\n").run("signin.mjs", nil)
}

// Passwords, second factors, passkeys, and accounts that nobody has used for long.
func TestSignin_accounts(t *testing.T) {
	r := start(t, "Accounts: {DormantAfter: 30}\n")
	r.on("totp", r.totp)
	r.run("signin-accounts.mjs", nil)
}

// Invites, a second factor that is demanded, other sites, and applications.
func TestSignin_others(t *testing.T) {
	var r *rig
	google := socialtest.New(t, func() time.Time { return r.Clock.Now() })
	kit.Remember(socialtest.Secret)
	r = start(t, "Accounts: {SignUp: invite}\nMfa: {Require: all, Grace: 0}\n", kit.Option(fmt.Sprintf(`
Social:
  Providers: [{Name: google, Kind: oidc, AllowPrivate: true, Issuer: %q, ClientId: %q, ClientSecret: %q, Authoritative: [gmail.com]}]
`, google.URL, socialtest.ClientID, socialtest.Secret)))
	r.on("totp", r.totp)
	r.on("invite", func(json.RawMessage) (any, error) {
		made, err := r.Service.Signin.Invite(t.Context(), signin.InviteRequest{})
		return made.Code, err
	})
	r.on("person", func(args json.RawMessage) (any, error) {
		var claims socialtest.Claims
		err := json.Unmarshal(args, &claims)
		google.Person(claims)
		return nil, err
	})
	// Somebody who has an account by the site.
	r.on("linked", func(args json.RawMessage) (any, error) {
		var who struct{ Sub string }
		made, err := r.Service.Signin.Invite(t.Context(), signin.InviteRequest{})
		if err := errors.Join(err, json.Unmarshal(args, &who)); err != nil {
			return nil, err
		}
		answer, err := r.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login/social", Body: object{
			"provider": "google", "idToken": google.IDToken(who.Sub, nil), "invite": made.Code,
		}})
		if err == nil && answer.Text("code") != "mfa_required" {
			err = fmt.Errorf("%d %s", answer.Status, answer.Body)
		}
		return nil, err
	})
	back := fmt.Sprintf("http://127.0.0.1:%d/cb", testkit.FreePort(t))
	app, _, err := r.Service.Clients.Create(t.Context(), client.Draft{Name: "shop", Public: true, Redirects: []string{back}})
	if err != nil {
		t.Fatal(err)
	}
	r.run("signin-others.mjs", object{"client": app.ID, "redirect": back})
}

// What the page makes of texts, by its own source on Node.js.
func TestSignin_pure(t *testing.T) {
	module := filepath.Join(t.TempDir(), "pure.mjs")
	bundle := exec.Command("go", "tool", "-modfile=tools/go.mod", "esbuild", "--bundle", "--format=esm", "--log-level=warning", "--outfile="+module)
	bundle.Dir = "../.."
	var source strings.Builder
	for _, name := range []string{"phone", "codes", "returnto", "password"} {
		fmt.Fprintf(&source, "export * from './internal/web/src/signin/%s.ts'\n", name)
	}
	bundle.Stdin = strings.NewReader(source.String())
	if out, err := bundle.CombinedOutput(); err != nil {
		t.Fatalf("esbuild: %v\n%s", err, out)
	}
	scripts.Verify(t, "signin-pure.mjs", object{"module": module})
}

// totp is the code of an authenticator app: {"secret"}. The one after it is for who has
// just used the one of now.
func (r *rig) totp(args json.RawMessage) (any, error) {
	var of struct{ Secret string }
	if err := json.Unmarshal(args, &of); err != nil {
		return nil, err
	}
	return totp.GenerateCode(of.Secret, r.Clock.Now())
}
