package svc

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/store"
	"user-api/model/migrations"
)

// migrate applies the pending migrations. It logs when the database was empty: this is the
// only sign that another path or host, or a restored backup, was intended.
func (s *ServiceContext) migrate(ctx context.Context) error {
	before, err := store.SchemaOf(ctx, s.db, migrations.FS)
	empty := err == nil && before.Version == 0
	if err := store.Migrate(ctx, s.db, migrations.FS); err != nil {
		return err
	}
	if empty {
		logx.WithContext(ctx).Infof("svc: created a new database, %s: there are no accounts yet", s.db.Place())
	}
	return nil
}
