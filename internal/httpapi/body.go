package httpapi

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"user-api/internal/apperr"
)

const (
	// MaxBody is the largest request body, in bytes after decompression.
	MaxBody = 64 << 10
	// maxRaw bounds what is read from the connection. gzip makes a body of
	// random bytes a little longer than it was.
	maxRaw = MaxBody + 1<<10

	formType = "application/x-www-form-urlencoded"
)

// guardBody refuses what nobody here reads and bounds the rest. A form is
// refused before anything looks at it: ParseMultipartForm, which go-zero's own
// httpx.Parse calls on every request, writes what does not fit into memory to a
// temporary file, and one sent in chunks stays on the disk for ever. The forms are
// paths that take one all the same, by POST and through ReadAs.
func guardBody(r *http.Request, forms []string) error {
	if r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	for _, ct := range r.Header.Values("Content-Type") {
		ct = strings.ToLower(strings.TrimSpace(ct))
		form := strings.HasPrefix(ct, formType)
		if form && r.Method == http.MethodPost && slices.Contains(forms, r.URL.Path) {
			continue
		}
		if form || strings.HasPrefix(ct, "multipart/") {
			return apperr.New(apperr.UnsupportedMedia)
		}
	}
	if r.ContentLength > maxRaw {
		return apperr.New(apperr.BodyTooLarge)
	}
	// No ResponseWriter is given, because a handler that has timed out may
	// still read, and must not touch an answer that has been sent.
	r.Body = http.MaxBytesReader(nil, r.Body, maxRaw)
	return nil
}

// ReadAs returns the body of a request with the content type, as it came and of at
// most MaxBody bytes; nil when there is none. The Edge lets an urlencoded form
// through to routes in Options.Forms alone.
func ReadAs(r *http.Request, media string) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	types := r.Header.Values("Content-Type")
	if len(types) != 1 || r.Header.Get("Content-Encoding") != "" {
		return nil, apperr.New(apperr.UnsupportedMedia)
	}
	if kind, _, err := mime.ParseMediaType(types[0]); err != nil || kind != media {
		return nil, apperr.New(apperr.UnsupportedMedia)
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	switch {
	case err != nil:
		return nil, readError(err)
	case len(data) > MaxBody:
		return nil, apperr.New(apperr.BodyTooLarge)
	}
	return data, nil
}

// readBody returns the body, decompressed; nil when there is none. It measures
// what it reads, as Content-Length says nothing of chunks or of gzip.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	types := r.Header.Values("Content-Type")
	if len(types) > 0 && !isJSON(types) {
		return nil, apperr.New(apperr.UnsupportedMedia)
	}
	plain, err := decompress(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(plain, MaxBody+1))
	if err != nil {
		return nil, readError(err)
	}
	switch {
	case len(data) > MaxBody:
		return nil, apperr.New(apperr.BodyTooLarge)
	case len(data) == 0:
		return nil, nil
	case len(types) == 0:
		return nil, apperr.New(apperr.UnsupportedMedia)
	}
	return data, nil
}

func decompress(r *http.Request) (io.Reader, error) {
	raw := http.MaxBytesReader(nil, r.Body, maxRaw)
	switch encoding := strings.Join(r.Header.Values("Content-Encoding"), ","); strings.ToLower(encoding) {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		plain, err := gzip.NewReader(raw)
		if errors.Is(err, io.EOF) {
			return http.NoBody, nil
		}
		if err != nil {
			return nil, readError(err)
		}
		return plain, nil
	default:
		return nil, apperr.New(apperr.UnsupportedMedia)
	}
}

// isJSON reports whether the one Content-Type is JSON in UTF-8.
func isJSON(types []string) bool {
	if len(types) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// readError classifies a body that could not be read. Whatever it is, the client
// is at fault, so it is no 5xx.
func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return apperr.New(apperr.BodyTooLarge)
	}
	if errors.Is(err, errStopped) {
		return apperr.New(apperr.RequestTimeout).Wrap(err)
	}
	return malformed(detailUnreadable).Wrap(fmt.Errorf("httpapi: read body: %w", err))
}
