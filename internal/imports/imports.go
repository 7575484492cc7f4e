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
	"sync"
	"time"

	"user-api/internal/account"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/identity"
	"user-api/internal/password"
	"user-api/model"
)

// batchSize is how many users are written in a transaction.
const batchSize = 500

type (
	// Accounts are where users are written.
	Accounts interface {
		Arrived(ctx context.Context, origins []account.Origin) (map[account.Origin]bool, error)
		Held(ctx context.Context, arrivals []account.Arrival) (account.NameSet, error)
		Import(ctx context.Context, arrivals []account.Arrival, events func([]*model.User) []*model.Event) error
	}

	// Options configure an Importer.
	Options struct {
		Accounts  Accounts
		Passwords *password.Hasher
		Reserved  identity.Reserved
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

// flush decides on the records that are held, and writes those that are taken.
func (in *importing) flush(ctx context.Context) error {
	batch := in.batch
	in.batch = nil
	if err := in.passOver(ctx, batch); err != nil {
		return err
	}
	if err := in.adopt(ctx, batch); err != nil {
		return err
	}
	held, err := in.Accounts.Held(ctx, arrivals(batch))
	if err != nil {
		return err
	}
	for _, c := range batch {
		if err := in.judge(c, held); err != nil {
			return err
		}
	}
	return in.write(ctx, batch)
}

// passOver ends what was imported before, and what the source has deleted.
func (in *importing) passOver(ctx context.Context, batch []*candidate) error {
	var origins []account.Origin
	for _, c := range batch {
		if c.person.refusal == nil {
			origins = append(origins, c.person.Origin)
		}
	}
	before, err := in.Accounts.Arrived(ctx, origins)
	if err != nil {
		return err
	}
	for _, c := range batch {
		switch {
		case c.person.refusal != nil:
		case c.person.deleted:
			in.summary.Deleted++
			c.over = true
		case in.seen.line(c.person.Origin.ID) > 0:
			c.person.refuse("id", ReasonRepeated, "").First = in.seen.line(c.person.Origin.ID)
		default:
			in.seen.add(c.person.Origin.ID, c.record.Line)
			if before[c.person.Origin] {
				in.summary.Before++
				c.over = true
			}
		}
	}
	return nil
}

// judge refuses a record, or takes its names.
func (in *importing) judge(c *candidate, held account.NameSet) error {
	p := &c.person
	if p.refusal == nil && !c.over {
		for _, name := range p.names() {
			for _, spelling := range name.spellings {
				if held[account.NameOf(name.column, spelling)] {
					p.refuse(string(name.column), ReasonTaken, name.shown)
				}
			}
			if first := in.seen.line(account.NameOf(name.column, name.value)); first > 0 {
				p.refuse(string(name.column), ReasonRepeated, name.shown).First = first
			}
		}
	}
	if p.refusal != nil {
		return in.refused(c)
	}
	if c.over {
		return nil
	}
	for _, name := range p.names() {
		in.seen.add(account.NameOf(name.column, name.value), c.record.Line)
	}
	in.summary.Unproven += p.unproven
	return nil
}

func (in *importing) refused(c *candidate) error {
	c.over = true
	c.person.refusal.Line = c.record.Line
	in.summary.Refused++
	in.summary.Reasons[c.person.refusal.Name()]++
	return in.Refuse(*c.person.refusal)
}

// write writes the rest of a batch: at once, or one by one where somebody else was
// faster with a name.
func (in *importing) write(ctx context.Context, batch []*candidate) error {
	all := arrivals(batch)
	if in.DryRun {
		in.count(all)
		return nil
	}
	events := func(users []*model.User) []*model.Event {
		happened := make([]event.Event, len(users))
		for i, u := range users {
			happened[i] = event.Event{Kind: event.Imported, UserID: u.Id}
		}
		return in.Rows(ctx, happened...)
	}
	err := in.Accounts.Import(ctx, all, events)
	if err == nil || !clashes(err) {
		if err == nil {
			in.count(all)
		}
		return err
	}
	for _, c := range batch {
		if c.over {
			continue
		}
		err := in.Accounts.Import(ctx, []account.Arrival{c.person.Arrival}, events)
		switch {
		case err == nil:
			in.count([]account.Arrival{c.person.Arrival})
		case errors.Is(err, account.ErrArrived):
			in.summary.Before++
		case clashes(err):
			c.person.refuse(apperr.From(err).Field, ReasonTaken, "")
			if err := in.refused(c); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

func (in *importing) count(written []account.Arrival) {
	in.summary.Imported += len(written)
	for _, who := range written {
		if who.Hash == "" {
			in.summary.WithoutPassword++
		} else {
			in.summary.Hashes[who.Effort]++
		}
	}
}

// adopt makes of the hashes what is stored, some at a time.
func (in *importing) adopt(ctx context.Context, batch []*candidate) error {
	work := make(chan *candidate)
	var done sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range max(1, in.Workers) {
		done.Go(func() {
			for c := range work {
				if err := in.adoptOne(ctx, &c.person); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, c := range batch {
		if c.person.refusal == nil && !c.over {
			work <- c
		}
	}
	close(work)
	done.Wait()
	return failed
}

// clashes reports whether an error says that a name, or the user, is there already.
func clashes(err error) bool {
	return errors.Is(err, account.ErrArrived) || apperr.Is(err, apperr.UsernameTaken) || apperr.Is(err, apperr.PhoneTaken) ||
		apperr.Is(err, apperr.EmailTaken)
}

// arrivals are those of a batch that are neither refused nor passed over.
func arrivals(batch []*candidate) []account.Arrival {
	var all []account.Arrival
	for _, c := range batch {
		if c.person.refusal == nil && !c.over {
			all = append(all, c.person.Arrival)
		}
	}
	return all
}
