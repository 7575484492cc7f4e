package kit

import (
	"net/http"

	"user-api/test/contract"
)

// judged serves as next does, and fails the test for every answer that departs from
// docs/openapi.json, and for every request outside it that is answered with success.
func (a *App) judged(next http.Handler) http.Handler {
	a.t.Helper()
	document, err := contract.Shipped()
	if err != nil {
		a.t.Fatal(err)
	}
	return document.Watch(next, func(err error) { a.t.Error(err) })
}
