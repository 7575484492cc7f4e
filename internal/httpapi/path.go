package httpapi

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// pathChars are the unreserved characters of RFC 3986, which need no escaping, and the
// colon, which clients never escape. All routes and the IDs in them consist of these.
var pathChars = chars(alnumChars + "-._~:/")

// canonical reports whether a path has the one spelling that is routed: plain, unescaped
// characters, no dot segment, no empty segment, no trailing slash. go-zero routes by the
// decoded and cleaned path, so a request in another spelling could pass a gateway's rule
// for one path and reach another.
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

// ownForm reports whether a request target is a path or an absolute URL as proxies send it,
// http://host/path; some:/path is neither.
func ownForm(u *url.URL) bool {
	if u.Scheme == "" {
		return u.Host == ""
	}
	return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// subtree returns the root of Options.Subtrees that contains the path, or "", and whether
// the path is below the root. What follows the root belongs to another service and may have
// any spelling that cannot escape the root.
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

// hasDots reports whether any parser could see a dot segment in a decoded path: some treat
// a backslash as a slash, and some drop what follows a semicolon.
func hasDots(decoded string) bool {
	segments := strings.FieldsFunc(decoded, func(c rune) bool { return c == '/' || c == '\\' })
	return slices.ContainsFunc(segments, func(segment string) bool {
		name, _, _ := strings.Cut(segment, ";")
		return name == "." || name == ".."
	})
}

// asGet returns the request as a GET of path, without its body.
func asGet(r *http.Request, path string) *http.Request {
	get, target := *r, *r.URL
	target.Path, target.RawPath = path, ""
	get.Method, get.URL, get.Body, get.ContentLength = http.MethodGet, &target, http.NoBody, 0
	return &get
}
