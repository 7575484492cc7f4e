package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"html/template"
	"log"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	sessionCookie = "webapp_session"
	// loginCookie binds the response of the service to the browser that was sent there.
	loginCookie = "webapp_login"
	loginLife   = 10 * time.Minute
	// patience bounds one request to the service.
	patience = 10 * time.Second
)

type (
	// options identify the application and the service at which its users sign in.
	options struct {
		issuer, home, clientID, clientSecret string
	}

	app struct {
		options
		oauth    oauth2.Config
		client   *http.Client
		sessions *sessions
	}

	// user is what the application shows about the signed-in user.
	user struct {
		DisplayName string `json:"displayName"`
		Username    string `json:"username"`
		Phone       string `json:"phone"`
		Email       string `json:"email"`
	}
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Webapp</title>
<h1>Webapp</h1>
{{with .Problem}}<p role="alert">{{.}}</p>{{end}}
{{if .Name}}<p>Signed in as <strong>{{.Name}}</strong></p><form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<p><a href="/login">Sign in</a></p>{{end}}
`))

func newApp(ctx context.Context, o options) (*app, error) {
	client := &http.Client{Timeout: patience}
	endpoint, err := discover(ctx, client, o.issuer)
	if err != nil {
		return nil, err
	}
	return &app{
		options: o, client: client,
		oauth: oauth2.Config{ClientID: o.clientID, ClientSecret: o.clientSecret, Endpoint: endpoint, RedirectURL: o.home + "/callback"},
		sessions: &sessions{
			cookie: sessionCookie, secure: strings.HasPrefix(o.home, "https:"), now: time.Now, byID: map[string]session{},
		},
	}, nil
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.show)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("POST /logout", a.logout)
	return http.NewCrossOriginProtection().Handler(mux)
}

// show asks the service who is signed in, so that a session that ends there ends here too.
func (a *app) show(w http.ResponseWriter, r *http.Request) {
	one, ok := a.sessions.find(r)
	if !ok {
		a.answer(w, http.StatusOK, "", "")
		return
	}
	var who user
	err := get(r.Context(), oauth2.NewClient(a.context(), one.tokens), a.issuer+"/user/info", &who)
	switch {
	case ended(err):
		a.sessions.end(w, r)
		a.answer(w, http.StatusOK, "", "You have been signed out.")
	case err != nil:
		log.Print(err)
		a.answer(w, http.StatusBadGateway, "", "The sign-in service does not answer. Try again in a moment.")
	default:
		a.answer(w, http.StatusOK, who.name(), "")
	}
}

// login sends the browser to the service. A cookie holds what the browser must bring back:
// state, which nobody else can know, and the verifier, without which the code is useless.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	a.remember(w, state+"."+verifier, int(loginLife/time.Second))
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

// callback handles the browser when it returns from the service.
func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		a.answer(w, http.StatusBadRequest, "", "This browser has not asked to sign in, or did so long ago.")
		return
	}
	state, verifier, _ := strings.Cut(cookie.Value, ".")
	a.remember(w, "", -1)
	switch {
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(state)) == 0:
		a.answer(w, http.StatusBadRequest, "", "The answer is to another sign-in.")
		return
	case query.Get("iss") != a.issuer: // RFC 9207: do not send the code to the wrong service
		a.answer(w, http.StatusBadRequest, "", "The answer is from another service.")
		return
	case query.Get("error") != "":
		a.answer(w, http.StatusBadRequest, "", "The sign-in was not finished.")
		return
	}
	token, err := a.oauth.Exchange(a.within(r.Context()), query.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		log.Print(err)
		a.answer(w, http.StatusBadRequest, "", "The sign-in did not work. Try again.")
		return
	}
	a.sessions.begin(w, a.oauth.TokenSource(a.context(), token))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout ends the session here and at the service.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if one, ok := a.sessions.find(r); ok {
		resp, err := oauth2.NewClient(a.context(), one.tokens).Post(a.issuer+"/user/logout", "", nil)
		if err == nil {
			resp.Body.Close()
		} else if !ended(err) {
			log.Print(err) // it expires if nobody refreshes it
		}
	}
	a.sessions.end(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// ended reports whether the service says that the session has ended.
func ended(err error) bool {
	var refused *oauth2.RetrieveError
	return errors.Is(err, status(http.StatusUnauthorized)) || errors.As(err, &refused) && refused.ErrorCode == "invalid_grant"
}

// context returns a context with the HTTP client, for requests that outlive the request that
// causes them, such as a refresh that other requests wait for.
func (a *app) context() context.Context { return a.within(context.Background()) }

func (a *app) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, a.client)
}

func (a *app) remember(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: loginCookie, Value: value, MaxAge: age, Path: "/callback", HttpOnly: true, Secure: a.sessions.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (a *app) answer(w http.ResponseWriter, code int, name, problem string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "no-referrer") // the URL of the callback contains a code
	w.WriteHeader(code)
	if err := page.Execute(w, map[string]string{"Name": name, "Problem": problem}); err != nil {
		log.Print(err)
	}
}

// name returns the display name of the user.
func (u user) name() string {
	for _, name := range []string{u.DisplayName, u.Username, u.Email, u.Phone} {
		if name != "" {
			return name
		}
	}
	return "a user without a name"
}
