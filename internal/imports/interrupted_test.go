package imports_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"user-api/internal/account"
	"user-api/internal/imports"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

var errCut = errors.New("the connection is lost")

// cutter fails before or after a batch, like a database that goes down.
type cutter struct {
	*account.Accounts
	at    int
	after bool
}

func (c *cutter) Import(ctx context.Context, arrivals []account.ImportedUser, events func([]*model.User) []*model.Event) error {
	if c.at--; c.at == 0 && !c.after {
		return errCut
	}
	err := c.Accounts.Import(ctx, arrivals, events)
	if c.at == 0 && err == nil {
		return errCut
	}
	return err
}

// crowd returns a CSV file of n users.
func crowd(n int) []byte {
	var b bytes.Buffer
	b.WriteString("id,username,email,email_proven,password_hash\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,user%d,user%d@example.com,true,$2a$10$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG\n", i, i, i)
	}
	return b.Bytes()
}

// An import that is interrupted and repeated neither loses nor duplicates users. It is
// interrupted by a signal in the middle of a batch, by a database that goes down before a
// transaction, and by one that goes down after it without a response.
func TestImport_interrupted(t *testing.T) {
	testkit.NotInRace(t, "is sequential")
	const n = 3000
	file := crowd(n)
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		run := imports.Run{Mapping: named(t, "csv"), Format: imports.CSV}
		run.Refuse = func(r imports.Refusal) error { return fmt.Errorf("refused: %+v", r) }

		ctx, cancel := context.WithCancel(t.Context())
		run.Input = bytes.NewReader(file)
		run.Progress = func(int64) { cancel() }
		if s, err := h.importer.Import(ctx, run); !errors.Is(err, context.Canceled) || s.Imported != h.rows("user") || s.Imported == 0 {
			t.Fatalf("a signal: %+v, %v", s, err)
		}
		run.Progress = nil
		for _, after := range []bool{false, true} {
			o := h.importer.Options
			o.Accounts = &cutter{h.accounts, 2, after}
			run.Input = bytes.NewReader(file)
			if _, err := imports.New(o).Import(t.Context(), run); !errors.Is(err, errCut) {
				t.Fatalf("a lost connection: %v", err)
			}
		}
		was := h.rows("user")
		run.Input = bytes.NewReader(file)
		s, err := h.importer.Import(t.Context(), run)
		if err != nil || was == 0 || was >= n || s.Before != was || s.Imported != n-was {
			t.Errorf("the last run: %+v, %v, after %d", s, err, was)
		}
		for _, table := range []string{"user", "credential", "origin", "event"} {
			if got := h.rows(table); got != n {
				t.Errorf("%s has %d rows, want %d", table, got, n)
			}
		}
	})
}

// Two concurrent imports create no duplicates.
func TestImport_concurrent(t *testing.T) {
	const n = 1200
	file := crowd(n)
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		sums := make(chan imports.Summary, 2)
		for range 2 {
			go func() {
				s, err := h.importer.Import(t.Context(), imports.Run{
					Mapping: named(t, "csv"), Format: imports.CSV, Input: bytes.NewReader(file), Refuse: func(imports.Refusal) error { return nil },
				})
				if err != nil {
					t.Error(err)
				}
				sums <- s
			}()
		}
		one, other := <-sums, <-sums
		if one.Imported+other.Imported != n || h.rows("user") != n || h.rows("origin") != n || h.rows("event") != n {
			t.Errorf("imported %d and %d, %d users", one.Imported, other.Imported, h.rows("user"))
		}
	})
}
