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

// restoreTo restores into the tables of a MySQL database. It does not restore the Redis
// data: a used code would work again, a sent message would be sent twice, and a Redis
// Cluster uses other key names.
func (r *run) restoreTo(ctx context.Context, c config.Config, file, word string, o restoreOptions) (err error) {
	if o.endSessions {
		return misused("restore: --end-sessions requires the data directory; after --to run `user-api sessions end --all`")
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
	pictures, err := r.movePictures(ctx, c, staged)
	if err != nil {
		return err
	}
	return r.printMoved(moved{Manifest: staged.Manifest, Rows: rows, PicturesAt: pictures, OtherSecrets: staged.OtherSecrets(c.OwnSecrets())})
}

// moved is the JSON output of a restore into MySQL.
type moved struct {
	backup.Manifest
	// Rows is the number of rows by table.
	Rows map[string]int `json:"rows"`
	// PicturesAt describes where the restored pictures are.
	PicturesAt   string   `json:"picturesAt"`
	OtherSecrets []string `json:"otherSecrets,omitempty"`
}

func (r *run) printMoved(m moved) error {
	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	say("restore: %d users and %d sessions in MySQL, of %s (%v ago), by release %s",
		m.Rows["user"], m.Rows["token"], m.Made.Format(time.RFC3339), r.Now().Sub(m.Made).Round(time.Second), m.Version)
	say("         %s", m.PicturesAt)
	say("         not restored: open codes, queued messages, cooldowns and limits, which were in the embedded Redis")
	r.sayRevived(say, 0, false)
	saySecrets(say, m.OtherSecrets)
	return r.print(text.String(), m)
}

// movePictures copies the restored pictures into the configured store, except for the data
// directory, which Place fills. It returns a description of where they are.
func (r *run) movePictures(ctx context.Context, c config.Config, staged *backup.Restored) (string, error) {
	count := staged.Pictures.Count - len(staged.Pictures.Gone)
	if count == 0 {
		return "the backup contains no pictures", nil
	}
	if staged.Blobs != "" {
		return fmt.Sprintf("%d picture files, in %s", count, staged.Blobs), nil
	}
	to, err := svc.NewBlobs(c)
	if err != nil {
		return "", err
	}
	if to == nil {
		return fmt.Sprintf("%d picture files are not restored: Blobs.Store is off", count), nil
	}
	if count, err = staged.PutBlobs(ctx, to); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d picture files, in the configured store", count), nil
}
