package authz

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const resourcePath = "/.well-known/oauth-protected-resource"

// body has the form of the issuer's errors.
type body struct {
	Code       string `json:"code"`
	Msg        string `json:"msg"`
	RequestID  string `json:"requestId,omitempty"`
	RetryAfter int64  `json:"retryAfter,omitempty"`
}

// refuse writes the response to a rejected request.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := asError(err)
	a.logger.DebugContext(r.Context(), "authz: a request is rejected", "reason", e.Error())
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if e.Status == http.StatusUnauthorized || e.challenge != "" {
		h.Set("WWW-Authenticate", a.challenge(e))
	}
	seconds := int64((e.RetryAfter + time.Second - 1) / time.Second)
	if seconds > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if a.onError != nil {
		a.onError(w, r, e)
		return
	}
	text, _ := json.Marshal(body{Code: e.Code, Msg: e.Msg, RequestID: h.Get("X-Request-Id"), RetryAfter: seconds}) // cannot fail
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(text, '\n')) // the client may have left
}

// challenge returns the value of WWW-Authenticate (RFC 6750 section 3, RFC 9728 section 5.1).
func (a *Auth) challenge(e *Error) string {
	params := make([]string, 0, 2)
	if e.challenge != "" {
		params = append(params, e.challenge)
	}
	if a.resource != "" {
		params = append(params, `resource_metadata="`+metadataOf(a.resource)+`"`)
	}
	return strings.TrimSpace("Bearer " + strings.Join(params, ", "))
}

// metadataOf returns the URL of a resource's metadata: the well-known path is between its
// host and its path (RFC 9728 section 3.1).
func metadataOf(resource string) string {
	u, err := url.Parse(resource)
	if err != nil {
		return ""
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	query := ""
	if u.RawQuery != "" {
		query = "?" + u.RawQuery
	}
	return u.Scheme + "://" + u.Host + resourcePath + path + query
}

// ResourceMetadata serves the metadata of the resource set by Resource (RFC 9728), at
// /.well-known/oauth-protected-resource. It needs no authentication. Without Resource it
// answers 404.
func (a *Auth) ResourceMetadata() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.resource == "" {
			http.NotFound(w, r)
			return
		}
		text, _ := json.Marshal(map[string]any{ // cannot fail
			"resource": a.resource, "authorization_servers": []string{a.issuer},
			"bearer_methods_supported": []string{"header"},
		})
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(text) // the client may have left
	})
}
