package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model/migrations"
)

// errNotFit ends `migrate status` while the service could not work with the tables.
var errNotFit = errors.New("migrate: the tables are not what this release needs")

func (r *run) migrateCommand() *cobra.Command {
	command := func(use, short, long string) *cobra.Command {
		c := &cobra.Command{
			Use: use, Short: short, Long: long, Example: "  user-api migrate " + use, Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return r.migrate(c.Context(), use, 0) },
		}
		r.jsonFlag(c)
		return c
	}
	return group(&cobra.Command{
		Use:   "migrate",
		Short: "Look at the tables and change them",
		Long: `migrate looks at the tables of the database and changes them. Each command ends by
telling the state.`,
		Example: "  user-api migrate status\n  user-api migrate down --to 11",
	},
		command("up", "Bring the tables up to date", "up brings the tables up to date, as the start does."),
		command("status", "Tell the state of the tables", "status changes nothing. Its exit status is 1 while the service could not work with the tables."),
		command("repair", "Complete a migration that broke off", "repair completes the migration that broke off, and runs no other."),
		r.downCommand())
}

func (r *run) downCommand() *cobra.Command {
	var to int64
	c := &cobra.Command{
		Use:   "down",
		Short: "Take migrations back",
		Long: `down takes back the migrations above a number, and what is in their tables and columns
is gone.`,
		Example: "  user-api migrate down --to 11",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to < 0 {
				return misused("migrate: --to is the number to go down to; 0 leaves no table")
			}
			return r.migrate(c.Context(), "down", to)
		},
	}
	c.Flags().Int64Var(&to, "to", -1, "the number to go down to; 0 leaves no table")
	_ = c.MarkFlagRequired("to")
	r.jsonFlag(c)
	return c
}

// migrate does what the word says: up, status, repair, or down to a number.
func (r *run) migrate(ctx context.Context, word string, to int64) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(c.DataSource, config.SQLitePrefix); ok && word != "up" {
		if _, err := os.Stat(path); err != nil {
			return err // to open it would make it
		}
	}
	db, err := store.OpenDB(ctx, svc.DBOptions(c))
	if err != nil {
		return err
	}
	defer db.Close()
	switch word {
	case "up":
		err = store.Migrate(ctx, db, migrations.FS)
	case "repair":
		err = store.Repair(ctx, db, migrations.FS)
	case "down":
		err = store.Down(ctx, db, migrations.FS, to)
	case "status":
		return r.tellSchema(ctx, db)
	}
	if err != nil {
		return err
	}
	if err := r.tellSchema(ctx, db); !errors.Is(err, errNotFit) {
		return err
	}
	return nil
}

// tables is how the state of the tables is told to a program.
type tables struct {
	Version int64  `json:"version"`
	Newest  int64  `json:"newest"`
	Fit     bool   `json:"fit"`
	State   string `json:"state"`
}

func (r *run) tellSchema(ctx context.Context, db *store.DB) error {
	s, err := store.SchemaOf(ctx, db, migrations.FS)
	if err != nil {
		return err
	}
	state := "up to date"
	switch {
	case s.Version > s.Newest:
		state = "a newer release has been here, beside which this one works"
	case s.Dirty:
		state = fmt.Sprintf("number %d has broken off: `migrate repair`, or the next start, completes it", s.Version)
		if busy, err := store.Migrating(ctx, db); err == nil && busy {
			state = fmt.Sprintf("number %d is under way", s.Version)
		}
	case s.Version < s.Newest:
		state = "the rest is pending: `migrate up`, or the next start, runs it"
	}
	err = r.print(fmt.Sprintf("migrations: %d of %d; %s\n", s.Version, s.Newest, state),
		tables{Version: s.Version, Newest: s.Newest, Fit: s.Fit(), State: state})
	if err == nil && !s.Fit() {
		err = errNotFit
	}
	return err
}
