// Package imports makes users of the records of another system: of a CSV file, of JSON
// lines, or of a JSON document with a list. A Mapping says which field of a record is
// what; those of well-known systems are built in.
//
// An import can be interrupted at any point, by kill -9 as well, and run again: every
// record has an id in its source, which is written in the same transaction as the user,
// and what was imported is passed over. So it needs no file of its progress, two that
// run at the same time do no harm, and a later export of the same system adds who is
// new. It never changes a user who is there.
//
// A record that cannot be taken as it is, is refused as a whole, with the reason. What
// is refused once and mended can be imported by running it again.
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

// batchSize is how many users are written in a transaction.
const batchSize = 500

type (
	// Accounts are where users are written.
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
		// Rows makes the rows of the audit trail.
		Rows func(ctx context.Context, events ...event.Event) []*model.Event
		Now  func() time.Time
		// Region is the country of a national number, unless the record tells one.
		Region string
		// Workers are how many hashes are computed at once, for sources that keep none
		// that can be kept.
		Workers int
	}

	// Run says what is imported, and how.
	Run struct {
		Mapping Mapping
		Format  Format
		Input   io.Reader
		// DryRun looks at every record and writes nothing.
		DryRun bool
		// AllowAdmins takes over who is an administrator; else such a record is refused.
		AllowAdmins bool
		// Refuse is told of every record that is refused, in the order of the file.
		Refuse func(Refusal) error
		// Progress is told now and then how many bytes have been read; it may be nil.
		Progress func(bytes int64)
	}

	// Summary tells what became of the records.
	Summary struct {
		Records  int `json:"records"`
		Imported int `json:"imported"`
		// Before were imported by an earlier run, or before they were erased.
		Before  int `json:"importedBefore"`
		Refused int `json:"refused"`
		// Deleted are records of users who were deleted in the source.
		Deleted int `json:"deletedInSource"`
		// Unproven are addresses that the source has not proven, which are left out.
		Unproven int `json:"unprovenAddresses"`
		// WithoutPassword are users who came without a hash.
		WithoutPassword int `json:"withoutPassword"`
		// Reasons counts what was refused by its reason.
		Reasons map[string]int `json:"reasons,omitempty"`
		// Hashes counts the hashes of each effort; "" is that of new ones.
		Hashes map[string]int `json:"hashes,omitempty"`
		// Unused are fields of the file that are no part of a user here.
		Unused []string `json:"unusedFields,omitempty"`
	}

	// Importer imports.
	Importer struct{ Options }

	// importing is one run.
	importing struct {
		Options
		Run

		summary Summary
		seen    *seen
		unused  *unused
		batch   []*candidate
	}

	// candidate is a record on its way; it ends when it is refused or passed over.
	candidate struct {
		record Record
		person person
		over   bool
	}
)

// New returns an Importer.
func New(o Options) *Importer { return &Importer{Options: o} }

// Import runs an import. What it has written stays when it fails or ctx ends, and
// the summary tells how far it came.
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
