package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/test/kit"
)

const (
	home      = "https://id.example.com"
	shop      = "https://shop.example.com/signed-in"
	native    = "com.example.app:/back"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// sites are the providers that oidc-provider plays, and the address that an account gets of
// each: Kakao says of none that it is verified.
var sites = map[string]string{"google": "google@gmail.com", "kakao": "", "apple": "apple@privaterelay.appleid.com"}

// outside is the service with three providers of Node.js.
type outside struct {
	*kit.App
	t        *testing.T
	provider string // their address
}

func newOutside(t *testing.T) outside {
	t.Helper()
	key, file := appleKey(t)
	people, redirects := object{}, object{}
	for name := range sites {
		people[name+"-friend"] = object{"name": "Ben"}
		people[name+"-person"] = object{"email": sites[name], "email_verified": true, "name": "Asha"}
		redirects[name] = []string{home + "/user/login/social/" + name + "/callback"}
	}
	people["kakao-person"] = object{"email": "kakao@example.com", "email_verified": true}
	l := listen(t, "provider.mjs", object{
		"people": people, "redirects": redirects,
		"apple": object{"team": "TEAM123456", "keyId": "KEY1234567", "publicKey": key},
	})
	o := outside{t: t, provider: l.URL}
	o.App = kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf(`
Auth: {Issuer: %q}
Social:
  Redirects: [%q]
  Providers:
    - {Name: google, Kind: oidc, AllowPrivate: true, Issuer: "%[3]s/google", ClientId: google-client, ClientSecret: google-client-secret, Audiences: [google-app], Authoritative: [gmail.com]}
    - {Name: kakao, Kind: oidc, AllowPrivate: true, Issuer: "%[3]s/kakao", ClientId: kakao-client, ClientSecret: kakao-client-secret, Audiences: [kakao-app], Authoritative: [example.com]}
    - Name: apple
      Kind: oidc
      AllowPrivate: true
      Issuer: "%[3]s/apple"
      ClientId: apple-client
      Audiences: [apple-app]
      Authoritative: [privaterelay.appleid.com]
      Apple: {TeamId: TEAM123456, KeyId: KEY1234567, PrivateKeyFile: %[4]q}
`, home, shop, l.URL, file)))
	return o
}

// appleKey makes a key of a team: the public half in PEM, and the file of the other.
func appleKey(t *testing.T) (public, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "AuthKey_KEY1234567.p8")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), file
}

// proof is what a browser comes back with to the app, for a person of a provider.
func (o outside) proof(name, person string) object {
	o.t.Helper()
	b := o.Browser()
	q := url.Values{"returnTo": {shop}, "challenge": {challenge}}
	page := b.Open(home+"/user/login/social/"+name+"?"+q.Encode(), o.provider).URL
	if apple := strings.Contains(page, "response_mode=form_post"); apple != (name == "apple") {
		o.t.Errorf("%s answers by a form: %t", name, apple)
	}
	back := b.Open(page+"&login_hint="+person, shop)
	u, err := url.Parse(back.URL)
	if err != nil || u.Query().Get("code") == "" {
		o.t.Fatalf("the browser comes back to %s: %d %s", back.URL, back.Status, back.Body)
	}
	kit.Remember(u.Query().Get("code"))
	return object{"provider": name, "code": u.Query().Get("code"), "verifier": verifier}
}

// idToken is what the SDK of a provider gives an app: the app is a client of its own there.
func (o outside) idToken(name, person, nonce string) string {
	o.t.Helper()
	q := url.Values{
		"client_id": {name + "-app"}, "response_type": {"code"}, "scope": {"openid email profile"}, "redirect_uri": {native}, "nonce": {nonce},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"}, "login_hint": {person},
	}
	u, err := url.Parse(o.Browser().Open(o.provider+"/"+name+"/auth?"+q.Encode(), native).URL)
	if err != nil {
		o.t.Fatal(err)
	}
	resp, err := http.PostForm(o.provider+"/"+name+"/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {name + "-app"}, "code": {u.Query().Get("code")}, "redirect_uri": {native}, "code_verifier": {verifier},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	var tokens struct {
		IDToken     string `json:"id_token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil || tokens.IDToken == "" {
		o.t.Fatalf("%s gives no id_token: %d %v", name, resp.StatusCode, err)
	}
	kit.Remember(tokens.IDToken)
	return tokens.IDToken
}

func (o outside) userOf(r kit.Response) string {
	o.t.Helper()
	r.Want(o.t, http.StatusOK, "")
	check := o.Get("/user/check", r.Tokens().Access)
	check.Want(o.t, http.StatusOK, "")
	return check.Header.Get("X-User-Id")
}

// People of an independent provider sign in by a browser and by an app, as the same ones.
func TestSocial_oidcProvider(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for name, email := range sites {
		person := name + "-person"
		first := o.Post("/user/login/social", o.proof(name, person))
		who := o.userOf(first)
		info := o.Get("/user/info", first.Tokens().Access)
		if !first.Tokens().IsNew || info.Text("email") != email {
			t.Errorf("%s: new %t, with the address %q, want %q", name, first.Tokens().IsNew, info.Text("email"), email)
		}
		if again := o.userOf(o.Post("/user/login/social", o.proof(name, person))); again != who {
			t.Errorf("%s: account %s by a browser, then %s", name, who, again)
		}
		token := o.idToken(name, person, "n-0S6_WzA2Mj")
		app := object{"provider": name, "idToken": token, "nonce": "n-0S6_WzA2Mj"}
		if again := o.userOf(o.Post("/user/login/social", app)); again != who {
			t.Errorf("%s: account %s by a browser, %s by an app", name, who, again)
		}
		o.refuses(name, app, person)
		o.links(name)
	}
}

// refuses attacks with what the provider itself has signed.
func (o outside) refuses(name string, used object, person string) {
	o.t.Helper()
	attack := func(what string, body object) {
		o.t.Helper()
		if resp := o.Post("/user/login/social", body); resp.Status != http.StatusUnauthorized || resp.Text("code") != "invalid_credentials" {
			o.t.Errorf("%s: %s: %d %s", name, what, resp.Status, resp.Body)
		}
	}
	attack("an id_token that was used", used)
	attack("another nonce", object{"provider": name, "idToken": o.idToken(name, person, "another"), "nonce": "n-0S6_WzA2Mj"})
	for other := range sites {
		if other != name {
			attack("an id_token of "+other, object{"provider": name, "idToken": o.idToken(other, other+"-person", "n"), "nonce": "n"})
		}
	}
	parts := strings.Split(o.idToken(name, person, "n"), ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	attack("an unsigned one", object{"provider": name, "idToken": unsigned + "." + parts[1] + ".", "nonce": "n"})
	proof := o.proof(name, person)
	sum := sha256.Sum256([]byte(verifier))
	proof["verifier"] = base64.RawURLEncoding.EncodeToString(sum[:])
	attack("another verifier", proof)
}

// links links somebody else of a provider to an account here, and removes that again.
func (o outside) links(name string) {
	o.t.Helper()
	phones := map[string]string{"google": "+919811112221", "kakao": "+919811112222", "apple": "+919811112223"}
	here := o.SignIn(phones[name])
	who := o.Get("/user/check", here.Access).Header.Get("X-User-Id")
	linked := o.Do(kit.Request{Method: http.MethodPost, Path: "/user/links", Bearer: here.Access, Body: o.proof(name, name+"-friend")})
	linked.Want(o.t, http.StatusOK, "")
	if got := o.userOf(o.Post("/user/login/social", o.proof(name, name+"-friend"))); got != who {
		o.t.Errorf("%s opens account %s, want the one it was linked to, %s", name, got, who)
	}
	o.Do(kit.Request{Method: http.MethodDelete, Path: "/user/links/" + name, Bearer: here.Access}).Want(o.t, http.StatusNoContent, "")
	if got := o.userOf(o.Post("/user/login/social", o.proof(name, name+"-friend"))); got == who {
		o.t.Errorf("%s opens the account that it is linked to no longer", name)
	}
}
