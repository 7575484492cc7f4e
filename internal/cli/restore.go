package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/backup"
	"user-api/internal/config"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// restoring are the flags of restore.
type restoring struct {
	by           passphrase
	force, endIt bool
	to           string
}

func (r *run) restoreCommand() *cobra.Command {
	var o restoring
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup back, into an empty data folder or into MySQL",
		Long: `restore puts a file of backup back: into the data folder of the configuration, which must
be empty, or, with --to or where the configuration names a MySQL, into the empty tables
of that. The whole file is checked before anything is touched.

What happened after the copy was made is undone by it, also what must not be: sessions
that were ended live again, old passwords work, erased accounts are back. With
--end-sessions every session ends in the same go, and everybody signs in again.`,
		Example: `  user-api restore /mnt/backup/2026-11-27
  user-api restore --force --end-sessions /mnt/backup/2026-11-27
  DATA_SOURCE='user:pass@tcp(db:3306)/users' user-api -f etc/user-api.pro.yaml restore /mnt/backup/2026-11-27`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return r.restore(c.Context(), args[0], o) },
	}
	o.by.flags(c)
	c.Flags().BoolVar(&o.force, "force", false, "move aside what is in the data folder, and delete nothing")
	c.Flags().StringVar(&o.to, "to", "", "the DSN of a MySQL with empty tables; everybody on the machine can read it here, so prefer DATA_SOURCE")
	c.Flags().BoolVar(&o.endIt, "end-sessions", false, "end every session as well")
	c.MarkFlagsMutuallyExclusive("force", "to")
	r.jsonFlag(c)
	return c
}

// restored is how a restore is told to a program.
type restored struct {
	backup.Manifest
	Users    int64 `json:"users"`
	Sessions int64 `json:"sessions"`
	// PicturesAt tells where the pictures of the copy are now.
	PicturesAt string `json:"picturesAt"`
	// Ended is how many sessions --end-sessions has ended.
	Ended int `json:"ended"`
	// Aside is where what was there is now.
	Aside string `json:"aside,omitempty"`
	// OtherSecrets are the keys that this configuration has another secret for.
	OtherSecrets []string `json:"otherSecrets,omitempty"`
}

func (r *run) restore(ctx context.Context, file string, o restoring) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	word, err := o.by.given(r, false)
	if err != nil {
		return err
	}
	if sealed, err := backup.Encrypted(file); err != nil {
		return err
	} else if sealed && word == "" {
		if word, err = r.askPassphrase(false); err != nil {
			return fmt.Errorf("%w: %w", backup.ErrPassphrase, err)
		}
	}
	if o.to != "" {
		c.DataSource = o.to
	}
	if !strings.HasPrefix(c.DataSource, config.SQLitePrefix) {
		return r.restoreTo(ctx, c, file, word, o)
	}
	return r.restoreHere(ctx, c, file, word, o)
}

// restoreHere fills the data folder.
func (r *run) restoreHere(ctx context.Context, c config.Config, file, word string, o restoring) error {
	target := backup.Target{
		Database: strings.TrimPrefix(c.DataSource, config.SQLitePrefix), Dir: c.DataDir(), Blobs: pictures(c), Force: o.force, Now: r.Now,
	}
	staged, err := target.Unpack(ctx, file, word)
	if err != nil {
		return err
	}
	defer staged.Close()
	real := c
	c.DataSource = config.SQLitePrefix + staged.StagedDatabase()
	if err := c.FillSecrets(r.Rand); err != nil {
		return err
	}
	done := restored{Manifest: staged.Manifest, OtherSecrets: staged.OtherSecrets(c.OwnSecrets())}
	if done.Users, done.Sessions, err = staged.Counts(ctx); err != nil {
		return err
	}
	if done.Ended, err = r.prepare(ctx, c, o.endIt); err != nil {
		return err
	}
	if done.PicturesAt, err = r.movePictures(ctx, real, staged); err != nil {
		return err
	}
	if done.Aside, err = staged.Place(ctx); err != nil {
		return err
	}
	return r.tellRestored(done, o.endIt)
}

// prepare opens the stores as the service does, which they thereby can be, and voids
// what may have been used since the copy was made. It returns how many sessions it has
// ended.
func (r *run) prepare(ctx context.Context, c config.Config, endIt bool) (ended int, err error) {
	service, err := svc.NewServiceContext(ctx, c, svc.Options{Rand: r.Rand})
	if err != nil {
		return 0, err
	}
	if err = service.Challenges.Lost(ctx); err == nil && endIt {
		_, ended, err = service.Signin.EndAllSessions(reqctx.WithActor(ctx, actor()), func(int, int, int) error { return nil })
	}
	if closed := service.Close(); err == nil {
		err = closed
	}
	return ended, err
}

func (r *run) tellRestored(d restored, endIt bool) error {
	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	say("restore: %d users and %d sessions, of %s (%v ago), by release %s",
		d.Users, d.Sessions, d.Made.Format(time.RFC3339), r.Now().Sub(d.Made).Round(time.Second), d.Version)
	if d.Aside != "" {
		say("         what was there is in %s", d.Aside)
	}
	say("         %s", d.PicturesAt)
	say("         open codes are void; notices that were waiting then are sent, perhaps once more")
	r.sayRevived(say, d.Ended, endIt)
	saySecrets(say, d.OtherSecrets)
	return r.print(text.String(), d)
}

// sayRevived tells what is as it was.
func (r *run) sayRevived(say func(string, ...any), ended int, endIt bool) {
	say("         as it was then: passwords, addresses, roles, bans, clients; accounts erased since are back, and must be erased again")
	if endIt {
		say("         %d sessions have ended; access tokens given out since the copy was made work until they expire", ended)
		return
	}
	say("         sessions that were ended since live again: `user-api sessions end --all` ends every session")
}

func saySecrets(say func(string, ...any), other []string) {
	if len(other) > 0 {
		say("warn     this configuration has other secrets than the backup was made with: %s", strings.Join(other, ", "))
		say("         with other ones sessions end and counts of wrong codes begin anew; set those of then before the start")
	}
}
