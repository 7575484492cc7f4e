// Package imports creates users from the records of another system, read from a CSV file,
// JSON lines, or a JSON document with a list. A Mapping says which field of a record has
// which meaning; those of well-known systems are built in.
//
// An import can be interrupted at any point, even by kill -9, and run again: every record
// has an id in its source, which is written in the same transaction as the user, and records
// that were already imported are skipped. No progress file is needed, two concurrent imports
// do no harm, and a later export of the same system adds the new users. Existing users are
// never changed.
//
// A record that cannot be imported as it is gets rejected as a whole, with the reason. It can
// be corrected and imported by another run.
package imports

import (
	"context"
	"errors"
	"io"
	"time"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/event"
	"user-api/internal/password"
	"user-api/model"
)

// batchSize is the number of users written in one transaction.
const batchSize = 500

type (
	// Accounts writes users.
	Accounts interface {
		Imported(ctx context.Context, origins []account.Origin) (map[account.Origin]bool, error)
		TakenNames(ctx context.Context, arrivals []account.ImportedUser) (account.NameSet, error)
		Import(ctx context.Context, arrivals []account.ImportedUser, events func([]*model.User) []*model.Event) error
	}

	// Options configure an Importer.
	Options struct {
		Accounts  Accounts
		Passwords *password.Hasher
		Reserved  address.Reserved
		// Rows creates the rows of the audit trail.
		Rows func(ctx context.Context, events ...event.Event) []*model.Event
		Now  func() time.Time
		// Region is the country of national numbers for which the record names none.
		Region string
		// Workers is the number of hashes computed concurrently, for sources whose hashes
		// cannot be kept.
		Workers int
	}

	// Run describes one import.
	Run struct {
		Mapping Mapping
		Format  Format
		Input   io.Reader
		// DryRun checks every record and writes nothing.
		DryRun bool
		// AllowAdmins imports administrators as such; otherwise their records are rejected.
		AllowAdmins bool
		// Refuse is called for every rejected record, in the order of the file.
		Refuse func(Refusal) error
		// Progress is called at intervals with the number of bytes read; it may be nil.
		Progress func(bytes int64)
	}

	// Summary counts the outcomes of the records.
	Summary struct {
		Records  int `json:"records"`
		Imported int `json:"imported"`
		// Before are records imported by an earlier run, including users erased since.
		Before  int `json:"importedBefore"`
		Refused int `json:"refused"`
		// Deleted are records of users who were deleted in the source.
		Deleted int `json:"deletedInSource"`
		// Unproven are addresses that were left out because the source has not verified them.
		Unproven int `json:"unprovenAddresses"`
		// WithoutPassword are users without a hash.
		WithoutPassword int `json:"withoutPassword"`
		// Reasons counts the rejected records by reason.
		Reasons map[string]int `json:"reasons,omitempty"`
		// Hashes counts the hashes by their cost; "" stands for newly computed ones.
		Hashes map[string]int `json:"hashes,omitempty"`
		// Unused are fields of the file that the mapping does not use.
		Unused []string `json:"unusedFields,omitempty"`
	}

	// Importer imports users.
	Importer struct{ Options }

	// importing is the state of one import.
	importing struct {
		Options
		Run

		summary Summary
		seen    *seen
		unused  *unused
		batch   []*candidate
	}

	// candidate is a record in progress; over is set once it is rejected or skipped.
	candidate struct {
		record Record
		person person
		over   bool
	}
)

// New returns an Importer.
func New(o Options) *Importer { return &Importer{Options: o} }

// Import runs an import. If it fails or ctx ends, what it has written remains, and the
// summary shows how far it came.
func (i *Importer) Import(ctx context.Context, r Run) (Summary, error) {
	in := &importing{Options: i.Options, Run: r, seen: newSeen(), unused: newUnused(r.Mapping)}
	in.summary.Reasons, in.summary.Hashes = map[string]int{}, map[string]int{}
	err := in.run(ctx)
	in.summary.Unused = in.unused.names()
	return in.summary, err
}

func (in *importing) run(ctx context.Context) error {
	source, err := open(in.Input, in.Format, in.Mapping.Records)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := source.next()
		if errors.Is(err, io.EOF) {
			return in.flush(ctx)
		}
		var broken *Refusal
		if err != nil && !errors.As(err, &broken) {
			return errors.Join(in.flush(ctx), err)
		}
		in.summary.Records++
		c := &candidate{record: record}
		if broken != nil {
			c.record.Line = broken.Line
			c.person.refusal = broken
		} else {
			in.unused.see(record)
			c.person = in.read(record)
		}
		if in.batch = append(in.batch, c); len(in.batch) < batchSize {
			continue
		}
		if err := in.flush(ctx); err != nil {
			return err
		}
		if in.Progress != nil {
			in.Progress(source.offset())
		}
	}
}
