package contract

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// most is how much of an answer is kept. A longer one is not judged.
const most = 8 << 20

// Watch returns a handler that serves as next does, and tells fail of every exchange
// that departs from the document. What is cut off in the middle is no answer.
func (d *Document) Watch(next http.Handler, fail func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := Exchange{Method: r.Method, URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}, Header: r.Header.Clone()}
		// Not in the request itself: net/http looks at the body of the one that it made.
		request, own := &heard{ReadCloser: r.Body}, *r
		if x.HasBody = r.Body != nil && r.ContentLength != 0; x.HasBody {
			own.Body = request
		}
		answer := &watched{ResponseWriter: w}
		next.ServeHTTP(answer, &own)
		if answer.kept.Len() >= most {
			return
		}
		x.Status, x.Answered = max(answer.status, http.StatusOK), answer.Header()
		x.Body, x.Answer = request.bytes(), answer.kept.Bytes()
		if err := d.Judge(x); err != nil {
			fail(err)
		}
	})
}

type (
	// heard is a body that is kept as it is read. It is safe for concurrent use: a handler
	// whose time is over may still read.
	heard struct {
		io.ReadCloser
		mu   sync.Mutex
		kept bytes.Buffer
	}

	// watched is an answer that is kept as it is written.
	watched struct {
		http.ResponseWriter
		status int
		kept   bytes.Buffer
	}
)

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept.Write(p[:n])
	return n, err
}

func (h *heard) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.kept.Bytes())
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.kept.Len() < most {
		w.kept.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
