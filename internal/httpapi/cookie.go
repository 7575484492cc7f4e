package httpapi

import (
	"net/http"
	"time"
)

// SetCookie has a browser keep a value for a while, 0 being no longer: for requests to this
// host alone, and from other sites only with a link that is followed. Secure is for TLS
// alone, which a name that begins with __Host- demands.
func SetCookie(w http.ResponseWriter, name, value string, life time.Duration, secure bool) {
	age := int(life / time.Second)
	if life <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// Cookie is the value of a cookie, "" where there is none, or more than one.
func Cookie(r *http.Request, name string) string {
	all := r.CookiesNamed(name)
	if len(all) != 1 {
		return ""
	}
	return all[0].Value
}
