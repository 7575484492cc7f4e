package imports

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"user-api/internal/account"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/model"
)

// flush decides on the records of the batch and writes those that are accepted.
func (in *importing) flush(ctx context.Context) error {
	batch := in.batch
	in.batch = nil
	if err := in.skip(ctx, batch); err != nil {
		return err
	}
	if err := in.adopt(ctx, batch); err != nil {
		return err
	}
	held, err := in.Accounts.TakenNames(ctx, arrivals(batch))
	if err != nil {
		return err
	}
	for _, c := range batch {
		if err := in.decide(c, held); err != nil {
			return err
		}
	}
	return in.write(ctx, batch)
}

// skip marks records that were imported before or deleted in the source.
func (in *importing) skip(ctx context.Context, batch []*candidate) error {
	var origins []account.Origin
	for _, c := range batch {
		if c.person.refusal == nil {
			origins = append(origins, c.person.Origin)
		}
	}
	before, err := in.Accounts.Imported(ctx, origins)
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

// decide rejects a record, or reserves its names.
func (in *importing) decide(c *candidate, held account.NameSet) error {
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

// write writes the rest of a batch: all records at once or, if another process has taken a
// name in the meantime, one by one.
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
		err := in.Accounts.Import(ctx, []account.ImportedUser{c.person.ImportedUser}, events)
		switch {
		case err == nil:
			in.count([]account.ImportedUser{c.person.ImportedUser})
		case errors.Is(err, account.ErrAlreadyImported):
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

func (in *importing) count(written []account.ImportedUser) {
	in.summary.Imported += len(written)
	for _, who := range written {
		if who.Hash == "" {
			in.summary.WithoutPassword++
		} else {
			in.summary.Hashes[who.Effort]++
		}
	}
}

// adopt converts the hashes to what is stored, several concurrently.
func (in *importing) adopt(ctx context.Context, batch []*candidate) error {
	var hashes errgroup.Group
	hashes.SetLimit(max(1, in.Workers))
	for _, c := range batch {
		if c.person.refusal == nil && !c.over {
			hashes.Go(func() error { return in.adoptOne(ctx, &c.person) })
		}
	}
	return hashes.Wait()
}

// clashes reports whether an error says that a name or the user already exists.
func clashes(err error) bool {
	return errors.Is(err, account.ErrAlreadyImported) || apperr.Is(err, apperr.UsernameTaken) || apperr.Is(err, apperr.PhoneTaken) ||
		apperr.Is(err, apperr.EmailTaken)
}

// arrivals returns the records of a batch that are neither rejected nor skipped.
func arrivals(batch []*candidate) []account.ImportedUser {
	var all []account.ImportedUser
	for _, c := range batch {
		if c.person.refusal == nil && !c.over {
			all = append(all, c.person.ImportedUser)
		}
	}
	return all
}
