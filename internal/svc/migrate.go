package svc

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/store"
	"user-api/model/migrations"
)

// migrate brings the tables up to date. That there were none is told: where a backup
// was to be, or another path or host was meant, this is the one sign of it.
func (s *ServiceContext) migrate(ctx context.Context) error {
	before, err := store.SchemaOf(ctx, s.db, migrations.FS)
	empty := err == nil && before.Version == 0
	if err := store.Migrate(ctx, s.db, migrations.FS); err != nil {
		return err
	}
	if empty {
		logx.WithContext(ctx).Infof("svc: a new database was made, %s: nobody has an account yet", s.db.Place())
	}
	return nil
}
