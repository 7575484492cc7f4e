package kit

import (
	"net/http"

	"user-api/test/contract"
)

// judged wraps next. It fails the test for each response that does not match
// docs/openapi.json, and for each successful request that the document does not describe.
func (a *App) judged(next http.Handler) http.Handler {
	a.t.Helper()
	document, err := contract.Shipped()
	if err != nil {
		a.t.Fatal(err)
	}
	return document.Watch(next, func(err error) { a.t.Error(err) })
}
