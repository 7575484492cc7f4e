package {{.PkgName}}

import (
	"net/http"

	"{{.projectPkg}}/internal/httpapi"
	{{.ImportPackages}}
)

// {{.HandlerName}} serves the route {{if .HasDoc}}"{{slice .Doc 3}}"{{else}}{{.Call}}{{end}}.
func {{.HandlerName}}(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		{{- if .HasRequest}}
		var req types.{{.RequestType}}
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		{{end}}
		{{if .HasResp}}resp, {{end}}err := {{.LogicName}}.New{{.LogicType}}(r.Context(), svcCtx).{{.Call}}({{if .HasRequest}}&req{{end}})
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		{{if .HasResp}}httpapi.JSON(w, r, resp){{else}}httpapi.NoContent(w){{end}}
	}
}
