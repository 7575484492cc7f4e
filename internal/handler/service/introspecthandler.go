package service

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/service"
	"user-api/internal/svc"
)

// IntrospectHandler serves the route "Check whether a token is valid". It is written by hand: the
// body is a form.
func IntrospectHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		form, err := httpapi.ReadBody(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		resp, err := service.NewIntrospectLogic(r.Context(), svcCtx).Introspect(string(form))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
