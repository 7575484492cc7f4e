package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"user-api/internal/config"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model/migrations"
)

var (
	errMigrateUsage = errors.New(`usage: user.go migrate up|status|repair [-f FILE]
       user.go migrate down --to N       [-f FILE]`)

	// ErrNotFit is returned by `migrate status` while the service could not work with
	// the tables.
	ErrNotFit = errors.New("migrate: the tables are not what this release needs")
)

// Migrate looks at the tables and changes them: `up` brings them up to date, as the
// start does; `repair` only completes a migration that broke off; `down` takes back
// those above a number, and what is in their tables and columns is gone; `status`
// changes nothing, and fails with ErrNotFit. Each but that ends by telling the state.
func Migrate(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || !slices.Contains([]string{"up", "status", "repair", "down"}, args[0]) {
		return errMigrateUsage
	}
	flags := flag.NewFlagSet("migrate "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "etc/user-api.yaml", "the configuration file")
	to := flags.Int64("to", -1, "the number to go down to; 0 leaves no table")
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 || (args[0] == "down") != (*to >= 0) {
		return errMigrateUsage
	}
	c, err := config.Load(*file)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(c.DataSource, config.SQLitePrefix); ok && args[0] != "up" {
		if _, err := os.Stat(path); err != nil {
			return err // to open it would make it
		}
	}
	db, err := store.OpenDB(ctx, svc.DBOptions(c))
	if err != nil {
		return err
	}
	defer db.Close()
	switch args[0] {
	case "up":
		err = store.Migrate(ctx, db, migrations.FS)
	case "repair":
		err = store.Repair(ctx, db, migrations.FS)
	case "down":
		err = store.Down(ctx, db, migrations.FS, *to)
	case "status":
		return tellSchema(ctx, db, out)
	}
	if err != nil {
		return err
	}
	if err := tellSchema(ctx, db, out); !errors.Is(err, ErrNotFit) {
		return err
	}
	return nil
}

func tellSchema(ctx context.Context, db *store.DB, out io.Writer) error {
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
	fmt.Fprintf(out, "migrations: %d of %d; %s\n", s.Version, s.Newest, state)
	if !s.Fit() {
		return ErrNotFit
	}
	return nil
}
