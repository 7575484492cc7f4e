package httpapi

import (
	"net/http"
	"time"
)

// SetCookie sets a host-only, HttpOnly, SameSite=Lax cookie; life 0 deletes it. secure
// requires TLS, and names with the prefix __Host- require secure.
func SetCookie(w http.ResponseWriter, name, value string, life time.Duration, secure bool) {
	age := int(life / time.Second)
	if life <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// Cookie returns the value of a cookie, or "" if there is none or more than one.
func Cookie(r *http.Request, name string) string {
	all := r.CookiesNamed(name)
	if len(all) != 1 {
		return ""
	}
	return all[0].Value
}
