package httpapi

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// pathChars are the unreserved characters of RFC 3986, which nobody needs to escape,
// and a colon, which nobody does. The paths of all routes, and the ids in them,
// consist of these.
var pathChars = chars(alnumChars + "-._~:/")

// canonical reports whether a path is spelled in the one way that has a route:
// plain characters, none of them escaped, no dot segment, no empty segment
// and no slash at the end. go-zero routes by the path decoded and cleaned, so in
// another spelling a request would pass a gateway's rule for one path and reach
// another.
func canonical(u *url.URL) bool {
	if u.RawPath != "" || !ownForm(u) {
		return false
	}
	for i := range len(u.Path) {
		if !pathChars[u.Path[i]] {
			return false
		}
	}
	return path.Clean(u.Path) == u.Path
}

// ownForm reports whether a target is a path, or the address of one here as proxies
// send it, http://host/path: some:/path is neither.
func ownForm(u *url.URL) bool {
	if u.Scheme == "" {
		return u.Host == ""
	}
	return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// subtree finds the root of Options.Subtrees that a path is, or lies below; "" is
// none. What follows the root may be spelled in any way, as it is not ours, but
// does not lead out again.
func (e *Edge) subtree(u *url.URL) (root string, below bool) {
	raw := u.RawPath
	if raw == "" {
		raw = u.Path
	}
	for _, root := range e.subtrees {
		rest, found := strings.CutPrefix(raw, root)
		switch {
		case !found || !ownForm(u):
		case rest == "":
			return root, false
		case rest[0] == '/' && !hasDots(u.Path):
			return root, true
		}
	}
	return "", false
}

// hasDots reports whether a decoded path has a dot segment to any reader: some
// take a backslash for a slash, and some leave out what follows a semicolon.
func hasDots(decoded string) bool {
	segments := strings.FieldsFunc(decoded, func(c rune) bool { return c == '/' || c == '\\' })
	return slices.ContainsFunc(segments, func(segment string) bool {
		name, _, _ := strings.Cut(segment, ";")
		return name == "." || name == ".."
	})
}

// asGet is the request as a GET of a path, whatever else was asked. Its body is
// nobody's here.
func asGet(r *http.Request, path string) *http.Request {
	get, target := *r, *r.URL
	target.Path, target.RawPath = path, ""
	get.Method, get.URL, get.Body, get.ContentLength = http.MethodGet, &target, http.NoBody, 0
	return &get
}
