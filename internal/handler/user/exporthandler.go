package user

import (
	"context"
	"io"
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
)

// ExportHandler serves the route "Export all data about the user".
func ExportHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		httpapi.Stream(w, r, func(ctx context.Context, w io.Writer) error {
			return user.NewExportLogic(ctx, svcCtx).Export(w)
		})
	}
}
