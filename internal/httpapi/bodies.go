package httpapi

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"

	"user-api/internal/apperr"
)

const (
	// MaxBody is the maximum size of a JSON body, in bytes after decompression.
	MaxBody = 64 << 10
	// gzipOverhead is how much gzip may add to incompressible data.
	gzipOverhead = 1 << 10

	jsonType = "application/json"
)

type (
	// Body describes the request body that a route accepts.
	Body struct {
		// Types lists the accepted content types.
		Types []string
		// Max is the maximum size, in bytes after decompression.
		Max int64
		// Gzip reports whether the body may be compressed. Where a signature is verified,
		// it covers the body as received.
		Gzip bool
	}

	// Bodies maps routes whose body differs from jsonBody, keyed by method and path as in
	// "PUT /user/avatar". The paths contain no variables.
	Bodies map[string]Body

	bodyKey struct{}
)

// jsonBody is the default for routes that are not in the table.
var jsonBody = Body{Types: []string{jsonType}, Max: MaxBody, Gzip: true}

// of returns the entry for a request.
func (b Bodies) of(method, path string) Body {
	if row, ok := b[method+" "+path]; ok {
		return row
	}
	return jsonBody
}

// bodyOf returns the entry that the Edge put into the context, or jsonBody without one.
func bodyOf(ctx context.Context) Body {
	if row, ok := ctx.Value(bodyKey{}).(Body); ok {
		return row
	}
	return jsonBody
}

// accepts reports whether the Content-Type header has exactly one value and it is accepted.
func (b Body) accepts(types []string) bool {
	if len(types) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if err != nil || !slices.Contains(b.Types, kind) {
		return false
	}
	charset, given := params["charset"]
	return !given || kind != jsonType || strings.EqualFold(charset, "utf-8")
}

// refusal returns the error for a body of another type.
func (b Body) refusal() error {
	e := apperr.New(apperr.UnsupportedMedia)
	if slices.Equal(b.Types, jsonBody.Types) {
		return e
	}
	return e.WithDetail("The request body must be " + strings.Join(b.Types, " or ") + ".")
}

// guardBody rejects bodies that no handler reads and limits the size of the others. Forms
// are rejected before anything parses them: ParseMultipartForm, which go-zero's httpx.Parse
// calls on every request, writes what does not fit into memory to a temporary file, and one
// sent in chunks is never deleted. Routes whose entry lists an urlencoded form read it with
// ReadBody.
func guardBody(r *http.Request, bodies Bodies) (*http.Request, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return r, nil
	}
	row := bodies.of(r.Method, r.URL.Path)
	for _, ct := range r.Header.Values("Content-Type") {
		ct = strings.ToLower(strings.TrimSpace(ct))
		form := strings.HasPrefix(ct, formType)
		if strings.HasPrefix(ct, "multipart/") || form && !slices.Contains(row.Types, formType) {
			return r, row.refusal()
		}
	}
	if r.ContentLength > row.Max+gzipOverhead {
		return r, apperr.New(apperr.BodyTooLarge)
	}
	// The ResponseWriter is nil because a handler that has timed out may still read, and
	// must not touch a response that has been sent.
	r.Body = http.MaxBytesReader(nil, r.Body, row.Max+gzipOverhead)
	if slices.Equal(row.Types, jsonBody.Types) && row.Max == jsonBody.Max && row.Gzip {
		return r, nil
	}
	return r.WithContext(context.WithValue(r.Context(), bodyKey{}, row)), nil
}
