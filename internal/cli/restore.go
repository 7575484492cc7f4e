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

// restoreOptions are the flags of restore.
type restoreOptions struct {
	by                 passphrase
	force, endSessions bool
	to                 string
}

func (r *run) restoreCommand() *cobra.Command {
	var o restoreOptions
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup into an empty data directory or into MySQL",
		Long: `restore restores a backup file into the data directory of the configuration, which must
be empty, or, with --to or if the configuration names a MySQL database, into the empty
tables of that database. It validates the whole file before it changes anything.

A restore undoes everything that happened after the backup, including what must not be
undone: ended sessions are valid again, old passwords work, erased accounts are back. With
--end-sessions it also ends every session, so that all users have to sign in again.`,
		Example: `  user-api restore /mnt/backup/2026-11-27
  user-api restore --force --end-sessions /mnt/backup/2026-11-27
  DATA_SOURCE='user:pass@tcp(db:3306)/users' user-api -f etc/user-api.pro.yaml restore /mnt/backup/2026-11-27`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return r.restore(c.Context(), args[0], o) },
	}
	o.by.flags(c)
	c.Flags().BoolVar(&o.force, "force", false, "move the existing data aside instead of deleting it")
	c.Flags().StringVar(&o.to, "to", "", "the DSN of a MySQL database with empty tables; other users of the host can read arguments, so prefer DATA_SOURCE")
	c.Flags().BoolVar(&o.endSessions, "end-sessions", false, "also end every session")
	c.MarkFlagsMutuallyExclusive("force", "to")
	r.jsonFlag(c)
	return c
}

// restored is the JSON output.
type restored struct {
	backup.Manifest
	Users    int64 `json:"users"`
	Sessions int64 `json:"sessions"`
	// PicturesAt describes where the restored pictures are.
	PicturesAt string `json:"picturesAt"`
	// Ended is the number of sessions that --end-sessions ended.
	Ended int `json:"ended"`
	// Aside is where the previous data is now.
	Aside string `json:"aside,omitempty"`
	// OtherSecrets lists the keys whose secret in this configuration differs from the
	// backup's.
	OtherSecrets []string `json:"otherSecrets,omitempty"`
}

func (r *run) restore(ctx context.Context, file string, o restoreOptions) error {
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

// restoreHere restores into the data directory.
func (r *run) restoreHere(ctx context.Context, c config.Config, file, word string, o restoreOptions) error {
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
	if done.Ended, err = r.prepare(ctx, c, o.endSessions); err != nil {
		return err
	}
	if done.PicturesAt, err = r.movePictures(ctx, real, staged); err != nil {
		return err
	}
	if done.Aside, err = staged.Place(ctx); err != nil {
		return err
	}
	return r.printRestored(done, o.endSessions)
}

// prepare opens the stores as the service does, which verifies them, and voids codes that
// may have been used since the backup. It returns the number of sessions it ended.
func (r *run) prepare(ctx context.Context, c config.Config, endSessions bool) (ended int, err error) {
	service, err := svc.NewServiceContext(ctx, c, svc.Options{Rand: r.Rand})
	if err != nil {
		return 0, err
	}
	if err = service.Challenges.Lost(ctx); err == nil && endSessions {
		_, ended, err = service.Signin.EndAllSessions(reqctx.WithActor(ctx, actor()), func(int, int, int) error { return nil })
	}
	if closed := service.Close(); err == nil {
		err = closed
	}
	return ended, err
}

func (r *run) printRestored(d restored, endSessions bool) error {
	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	say("restore: %d users and %d sessions, of %s (%v ago), by release %s",
		d.Users, d.Sessions, d.Made.Format(time.RFC3339), r.Now().Sub(d.Made).Round(time.Second), d.Version)
	if d.Aside != "" {
		say("         the previous data is in %s", d.Aside)
	}
	say("         %s", d.PicturesAt)
	say("         open codes are void; notices that were queued then are sent, possibly a second time")
	r.sayRevived(say, d.Ended, endSessions)
	saySecrets(say, d.OtherSecrets)
	return r.print(text.String(), d)
}

// sayRevived prints what the restore brought back.
func (r *run) sayRevived(say func(string, ...any), ended int, endSessions bool) {
	say("         restored: passwords, addresses, roles, bans, clients; accounts erased since then are back and must be erased again")
	if endSessions {
		say("         %d sessions were ended; access tokens issued since the backup work until they expire", ended)
		return
	}
	say("         sessions that ended since then are valid again: `user-api sessions end --all` ends every session")
}

func saySecrets(say func(string, ...any), other []string) {
	if len(other) > 0 {
		say("warn     this configuration has different secrets than the backup: %s", strings.Join(other, ", "))
		say("         with different secrets sessions end and counters of wrong codes start again; set the old ones before the start")
	}
}
