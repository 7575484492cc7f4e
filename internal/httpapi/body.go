package httpapi

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"user-api/internal/apperr"
)

const formType = "application/x-www-form-urlencoded"

// ReadBody returns the decompressed body of a request, checked against the content types
// and the size limit of the route, or nil if there is none. It measures what it reads
// because Content-Length is absent for chunked bodies and does not reflect decompression.
func ReadBody(r *http.Request) ([]byte, error) { return readBody(r, bodyOf(r.Context())) }

func readBody(r *http.Request, row Body) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	types := r.Header.Values("Content-Type")
	if len(types) > 0 && !row.accepts(types) {
		return nil, row.refusal()
	}
	plain, err := decompress(r, row)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(plain, row.Max+1))
	if err != nil {
		return nil, readError(err)
	}
	switch {
	case int64(len(data)) > row.Max:
		return nil, apperr.New(apperr.BodyTooLarge)
	case len(data) == 0:
		return nil, nil
	case len(types) == 0:
		return nil, row.refusal()
	}
	return data, nil
}

func decompress(r *http.Request, row Body) (io.Reader, error) {
	raw := http.MaxBytesReader(nil, r.Body, row.Max+gzipOverhead)
	switch encoding := strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ",")); {
	case encoding == "", encoding == "identity" && row.Gzip:
		return raw, nil
	case row.Gzip && (encoding == "gzip" || encoding == "x-gzip"):
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

// readError classifies an error from reading the body. The client is at fault in every
// case, so it is never a 5xx.
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
