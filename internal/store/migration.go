package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

type (
	// migration is the work of the process that has exclusive access to a database.
	migration struct {
		notes
		steps []step
		outer context.Context // checked between two steps
	}

	// notes record the progress. A version recorded as running may be partially applied;
	// all earlier ones are applied.
	notes interface {
		// begin creates the table of the notes and reads them.
		begin(ctx context.Context) (version int64, underWay bool, err error)
		// run applies a step from its beginning and then records the version. again means
		// that it was started before, so existing or missing objects may be its own work.
		run(ctx context.Context, s step, again bool, then int64) error
	}

	// stepError describes where a migration failed.
	stepError struct {
		name      string
		statement int
		begun     bool // partially applied
		err       error
	}
)

// Error implements error.
func (e *stepError) Error() string {
	state := "nothing was applied"
	if e.begun {
		state = "it is partially applied; after the cause is fixed, the next start or `migrate repair` completes it"
	}
	return fmt.Sprintf("%s, statement %d: %v (%s)", e.name, e.statement+1, e.err, state)
}

// Unwrap returns the cause.
func (e *stepError) Unwrap() error { return e.err }

func (m *migration) up(ctx context.Context) error {
	version, err := m.complete(ctx)
	if err != nil {
		return err
	}
	for _, s := range m.steps {
		if s.version <= version {
			continue
		}
		if err := m.outer.Err(); err != nil {
			return err
		}
		if err := m.run(ctx, s, false, s.version); err != nil {
			return err
		}
	}
	return nil
}

func (m *migration) repair(ctx context.Context) error {
	_, err := m.complete(ctx)
	return err
}

// complete finishes a running migration and returns the version of the schema. One beyond
// the newest step belongs to a newer release.
func (m *migration) complete(ctx context.Context) (version int64, err error) {
	version, underWay, err := m.begin(ctx)
	if err != nil || !underWay || version > m.steps[len(m.steps)-1].version {
		return version, err
	}
	version = max(version, m.steps[0].version) // golang-migrate records -1 on the way down
	at := slices.IndexFunc(m.steps, func(s step) bool { return s.version == version })
	if at < 0 {
		return version, fmt.Errorf("number %d was interrupted, but this release has no such migration", version)
	}
	return version, m.run(ctx, m.steps[at], true, version)
}

func (m *migration) down(ctx context.Context, to int64) error {
	version, underWay, err := m.begin(ctx)
	if err != nil {
		return err
	}
	if newest := m.steps[len(m.steps)-1].version; version > newest {
		return fmt.Errorf("the database is at number %d, but this release has only %d: revert it with the release that applied it", version, newest)
	}
	for i, s := range slices.Backward(m.steps) {
		if s.version > version || s.version <= to {
			continue
		}
		if err := m.outer.Err(); err != nil {
			return err
		}
		before := int64(0)
		if i > 0 {
			before = m.steps[i-1].version
		}
		if err := m.run(ctx, s, underWay && s.version == version, before); err != nil {
			return err
		}
	}
	return nil
}

// each executes the statements of a step.
func (s step) each(ctx context.Context, r runner, again bool, foreign func(context.Context, string) error) error {
	for i, statement := range s.statements {
		_, err := run(ctx, r, statement)
		if err != nil && again && doneBefore(statement, err) {
			err = foreign(ctx, statement)
		}
		if err != nil {
			return &stepError{name: s.name, statement: i, begun: again || i > 0, err: err}
		}
	}
	return nil
}

// sqliteNotes are in the same transaction as the migration, so only an earlier release can
// have left one unfinished.
type sqliteNotes struct{ *sql.DB }

func (n sqliteNotes) begin(ctx context.Context) (int64, bool, error) {
	for _, query := range []string{
		"CREATE TABLE IF NOT EXISTS " + versionTable + " (version uint64,dirty bool)",
		"CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON " + versionTable + " (version)",
	} {
		if _, err := run(ctx, n.DB, query); err != nil {
			return 0, false, err
		}
	}
	return versionOf(ctx, n.DB)
}

func (n sqliteNotes) run(ctx context.Context, s step, again bool, then int64) error {
	tx, err := n.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	err = s.each(ctx, tx, again, func(context.Context, string) error { return nil })
	var at *stepError
	if errors.As(err, &at) {
		at.begun = again // the rest is rolled back
	}
	if err != nil {
		return err
	}
	if _, err := run(ctx, tx, "DELETE FROM "+versionTable); err != nil {
		return err
	}
	if then > 0 {
		if _, err := run(ctx, tx, "INSERT INTO "+versionTable+" VALUES (?, ?)", then, false); err != nil {
			return err
		}
	}
	return tx.Commit()
}
