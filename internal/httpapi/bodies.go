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
	// MaxBody is the largest JSON body, in bytes after decompression.
	MaxBody = 64 << 10
	// rawSlack is what gzip makes of random bytes more than they were.
	rawSlack = 1 << 10

	jsonType = "application/json"
)

type (
	// Body is what a route takes as its body.
	Body struct {
		// Types are the content types.
		Types []string
		// Max is the largest one, in bytes after decompression.
		Max int64
		// Gzip says that it may be compressed. Where a signature is checked, it is of the
		// body as it came.
		Gzip bool
	}

	// Bodies is the table of the routes that take another body than jsonBody, by method
	// and path as in "PUT /user/avatar"; the path has no parts that vary.
	Bodies map[string]Body

	bodyKey struct{}
)

// jsonBody is what a route takes that is not in the table.
var jsonBody = Body{Types: []string{jsonType}, Max: MaxBody, Gzip: true}

// of finds the row of a request.
func (b Bodies) of(method, path string) Body {
	if row, ok := b[method+" "+path]; ok {
		return row
	}
	return jsonBody
}

// bodyOf is the row that the Edge has found; without an Edge it is jsonBody.
func bodyOf(ctx context.Context) Body {
	if row, ok := ctx.Value(bodyKey{}).(Body); ok {
		return row
	}
	return jsonBody
}

// accepts reports whether a body of the one content type is taken.
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

// refusal is of a body that is none of the types.
func (b Body) refusal() error {
	e := apperr.New(apperr.UnsupportedMedia)
	if slices.Equal(b.Types, jsonBody.Types) {
		return e
	}
	return e.WithDetail("The request body must be " + strings.Join(b.Types, " or ") + ".")
}

// guardBody refuses what nobody here reads and bounds the rest. A form is
// refused before anything looks at it: ParseMultipartForm, which go-zero's own
// httpx.Parse calls on every request, writes what does not fit into memory to a
// temporary file, and one sent in chunks stays on the disk for ever. Routes that have
// an urlencoded form in the table take it all the same, through ReadBody.
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
	if r.ContentLength > row.Max+rawSlack {
		return r, apperr.New(apperr.BodyTooLarge)
	}
	// No ResponseWriter is given, because a handler that has timed out may
	// still read, and must not touch an answer that has been sent.
	r.Body = http.MaxBytesReader(nil, r.Body, row.Max+rawSlack)
	if slices.Equal(row.Types, jsonBody.Types) && row.Max == jsonBody.Max && row.Gzip {
		return r, nil
	}
	return r.WithContext(context.WithValue(r.Context(), bodyKey{}, row)), nil
}
