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

// errNotFit is returned by `migrate status` if the service cannot work with the schema.
var errNotFit = errors.New("migrate: the schema does not fit this release")

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
		Short: "Show and change the database schema",
		Long: `migrate shows and changes the schema of the database. Each command ends by printing the
state.`,
		Example: "  user-api migrate status\n  user-api migrate down --to 11",
	},
		command("up", "Apply the pending migrations", "up applies the pending migrations, as the start does."),
		command("status", "Show the state of the schema", "status changes nothing. Its exit status is 1 if the service cannot work with the schema."),
		command("repair", "Complete an interrupted migration", "repair completes an interrupted migration and runs no other."),
		r.downCommand())
}

func (r *run) downCommand() *cobra.Command {
	var to int64
	c := &cobra.Command{
		Use:     "down",
		Short:   "Revert migrations",
		Long:    `down reverts the migrations above a number. The data in their tables and columns is lost.`,
		Example: "  user-api migrate down --to 11",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to < 0 {
				return misused("migrate: --to is the number of the last migration to keep; 0 keeps none")
			}
			return r.migrate(c.Context(), "down", to)
		},
	}
	c.Flags().Int64Var(&to, "to", -1, "the number of the last migration to keep; 0 keeps none")
	_ = c.MarkFlagRequired("to")
	r.jsonFlag(c)
	return c
}

// migrate runs one command: up, status, repair, or down to a number.
func (r *run) migrate(ctx context.Context, word string, to int64) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(c.DataSource, config.SQLitePrefix); ok && word != "up" {
		if _, err := os.Stat(path); err != nil {
			return err // opening it would create it
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
		return r.printSchema(ctx, db)
	}
	if err != nil {
		return err
	}
	if err := r.printSchema(ctx, db); !errors.Is(err, errNotFit) {
		return err
	}
	return nil
}

// schemaState is the JSON output.
type schemaState struct {
	Version int64  `json:"version"`
	Newest  int64  `json:"newest"`
	Fit     bool   `json:"fit"`
	State   string `json:"state"`
}

func (r *run) printSchema(ctx context.Context, db *store.DB) error {
	s, err := store.SchemaOf(ctx, db, migrations.FS)
	if err != nil {
		return err
	}
	state := "up to date"
	switch {
	case s.Version > s.Newest:
		state = "migrated by a newer release, with which this one is compatible"
	case s.Dirty:
		state = fmt.Sprintf("number %d was interrupted: `migrate repair` or the next start completes it", s.Version)
		if busy, err := store.Migrating(ctx, db); err == nil && busy {
			state = fmt.Sprintf("number %d is running", s.Version)
		}
	case s.Version < s.Newest:
		state = "the rest is pending: `migrate up` or the next start applies it"
	}
	err = r.print(fmt.Sprintf("migrations: %d of %d; %s\n", s.Version, s.Newest, state),
		schemaState{Version: s.Version, Newest: s.Newest, Fit: s.Fit(), State: state})
	if err == nil && !s.Fit() {
		err = errNotFit
	}
	return err
}
