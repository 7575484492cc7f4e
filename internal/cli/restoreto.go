package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"user-api/internal/backup"
	"user-api/internal/config"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model/migrations"
)

// restoreTo fills the tables of a MySQL. What the Redis in the copy holds stays behind:
// a code that was used since would work again, a message that was sent would be sent
// twice, and a Redis Cluster has other names for the same.
func (r *run) restoreTo(ctx context.Context, c config.Config, file, word string, o restoring) (err error) {
	if o.endIt {
		return misused("restore: --end-sessions is for the data folder; after --to run `user-api sessions end --all`")
	}
	dir, err := os.MkdirTemp("", "user-api-restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	staged, err := backup.Target{Database: filepath.Join(dir, "user.db"), Dir: dir, Now: r.Now}.Unpack(ctx, file, word)
	if err != nil {
		return err
	}
	defer staged.Close()
	from, err := store.OpenDB(ctx, store.DBOptions{DataSource: config.SQLitePrefix + staged.StagedDatabase()})
	if err != nil {
		return err
	}
	defer from.Close()
	if err := store.Migrate(ctx, from, migrations.FS); err != nil {
		return err
	}
	to, err := store.OpenDB(ctx, svc.DBOptions(c))
	if err != nil {
		return err
	}
	defer to.Close()
	shown := r.progress("rows")
	rows, err := store.CopyRows(ctx, from, to, migrations.FS, shown.at)
	shown.done()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	told, err := r.movePictures(ctx, c, staged)
	if err != nil {
		return err
	}
	return r.tellMoved(moved{Manifest: staged.Manifest, Rows: rows, PicturesAt: told, OtherSecrets: staged.OtherSecrets(c.OwnSecrets())})
}

// moved is how a restore into MySQL is told to a program.
type moved struct {
	backup.Manifest
	// Rows is how many each table has.
	Rows map[string]int `json:"rows"`
	// PicturesAt tells where the pictures of the copy are now.
	PicturesAt   string   `json:"picturesAt"`
	OtherSecrets []string `json:"otherSecrets,omitempty"`
}

func (r *run) tellMoved(m moved) error {
	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	say("restore: %d users and %d sessions in MySQL, of %s (%v ago), by release %s",
		m.Rows["user"], m.Rows["token"], m.Made.Format(time.RFC3339), r.Now().Sub(m.Made).Round(time.Second), m.Version)
	say("         %s", m.PicturesAt)
	say("         left behind with the Redis inside: open codes, messages that were waiting, cooldowns and limits")
	r.sayRevived(say, 0, false)
	saySecrets(say, m.OtherSecrets)
	return r.print(text.String(), m)
}

// movePictures puts the pictures of a copy into the configured store, but for the folder
// of a data folder, which Place fills. It tells where they are.
func (r *run) movePictures(ctx context.Context, c config.Config, staged *backup.Restored) (string, error) {
	count := staged.Pictures.Count - len(staged.Pictures.Gone)
	if count == 0 {
		return "there are no pictures in it", nil
	}
	if staged.Blobs != "" {
		return fmt.Sprintf("%d files of pictures, in %s", count, staged.Blobs), nil
	}
	to, err := svc.NewBlobs(c)
	if err != nil {
		return "", err
	}
	if to == nil {
		return fmt.Sprintf("%d files of pictures are left behind: Blobs.Store is off", count), nil
	}
	if count, err = staged.PutBlobs(ctx, to); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d files of pictures, in the configured store", count), nil
}
