package pages

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// SignInScriptHandler serves the route "The sign-in web component". It is written by hand:
// the response is a script.
func SignInScriptHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		script := pages.NewSignInScriptLogic(r.Context(), svcCtx).SignInScript()
		httpapi.Script(w, r, httpapi.File(script))
	}
}
