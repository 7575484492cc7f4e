package captchatest

import (
	"fmt"
	"net/http"
	"strings"
)

// Failure is a response without a result.
type Failure struct {
	Name   string
	Answer http.HandlerFunc
	// Silent means that there is no response at all, to which OnFailure applies.
	Silent bool
}

// yes is a success of every provider.
const yes = `{"success":true,"status":"success","result":"success","score":1}`

// Failures returns all failures.
func Failures() []Failure {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	return []Failure{
		{"no answer", hang, true},
		{"a cut line", drop, true},
		{"500", status(http.StatusInternalServerError, yes), true},
		{"503", status(http.StatusServiceUnavailable, ""), true},
		{"429", status(http.StatusTooManyRequests, yes), false},
		{"a redirect", status(http.StatusFound, yes), false},
		{"a redirect of the form", status(http.StatusTemporaryRedirect, ""), false},
		{"a redirect to nowhere", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[half")
			w.WriteHeader(http.StatusFound)
		}, false},
		{"a page", status(http.StatusOK, "<html>"), false},
		{"nothing", status(http.StatusOK, ""), false},
		{"half a verdict", status(http.StatusOK, yes[:len(yes)-1]), false},
		{"JSON without a verdict", status(http.StatusOK, `{"ok":true}`), false},
		{"a list", status(http.StatusOK, `[]`), false},
		{"a verdict and 80 KiB", status(http.StatusOK, yes+strings.Repeat(" ", 80<<10)), false},
		{"no such page", status(http.StatusNotFound, "404"), false},
		{"yes with a refusal's status", status(http.StatusForbidden, yes), false},
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}
