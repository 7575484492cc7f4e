package {{.pkgName}}

import (
	"context"

	"{{.projectPkg}}/internal/apperr"
	"{{.projectPkg}}/internal/svc"
	{{- if or .request (ne .responseType "error")}}
	"{{.projectPkg}}/internal/types"
	{{- end}}
)

// {{.logic}} handles a request of the route {{if .hasDoc}}"{{slice .doc 3}}"{{else}}{{.function}}{{end}}.
type {{.logic}} struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// New{{.logic}} returns the logic for a request with the context ctx.
func New{{.logic}}(ctx context.Context, svcCtx *svc.ServiceContext) *{{.logic}} {
	return &{{.logic}}{ctx: ctx, svcCtx: svcCtx}
}

// {{.function}} returns 500 until it is implemented.
func (l *{{.logic}}) {{.function}}({{.request}}) {{.responseType}} {
	return {{if ne .responseType "error"}}nil, {{end}}apperr.New(apperr.Internal)
}
