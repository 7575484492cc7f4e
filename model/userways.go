package model

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Kinds of ways to sign in that can be removed.
const (
	WayPhone   WayKind = "phone"
	WayEmail   WayKind = "email"
	WayPasskey WayKind = "passkey"
	WayLink    WayKind = "link"
)

// ErrLastWay is returned if a user would be left without a way to sign in.
var ErrLastWay = errors.New("model: the last way to sign in")

type (
	// WayKind is a kind of ways to sign in.
	WayKind string

	// Way is a way to sign in: a proof that is sufficient by itself, so not a second factor.
	Way struct {
		Kind WayKind
		// ID is the id of the passkey or link.
		ID string
	}

	// Ways are the ways to sign in that the configuration offers. A phone number, and a
	// password with any name, are always offered.
	Ways struct {
		// Email offers codes by e-mail, Passkeys offers passkeys.
		Email, Passkeys bool
		// Providers lists the providers whose links are offered.
		Providers []string
	}

	// wayTable is a table that stores ways to sign in.
	wayTable struct {
		name string
		// admits is the condition under which a row lets its user sign in.
		admits string
	}

	// clause is an SQL condition on a user row, with its arguments.
	clause struct {
		text string
		args []any
	}
)

// wayTables holds the tables by kind. Addresses are in the user row.
var wayTables = map[WayKind]wayTable{
	WayPasskey: {"`passkey`", "`cloned` = 0"},
	WayLink:    {"`link`", "1 = 1"},
}

// RemoveWay checks for a remaining way in the statement that updates the user row, so that
// it reads committed data in every dialect, and of two concurrent removals the second sees
// what the first has left. On a database cluster one of the two is retried.
func (m *customUserModel) RemoveWay(ctx context.Context, id int64, way Way, rules Ways, e *Ending) (removed bool, err error) {
	last := false
	err = m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) (entries []*Revocation, err error) {
		removed, last = false, false // the transaction may be retried
		// Every change of a user locks its row first.
		if err := m.set(ctx, tx, id, "`epoch` = `epoch`"); err != nil {
			return nil, err
		}
		events, err := m.removalEvents(ctx, tx, id, way)
		if err != nil {
			return nil, err
		}
		has, rest := way.exists(id), rules.remaining(id, way)
		removed, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ? and %s and (%s)",
			m.table, way.set(), has.text, rest.text), append(append([]any{id}, has.args...), rest.args...)...))
		if err != nil {
			return nil, err
		}
		if !removed {
			last, err = m.matches(ctx, tx, id, has)
			return nil, err
		}
		if t, ok := wayTables[way.Kind]; ok {
			if _, err := tx.ExecCtx(ctx, "delete from "+t.name+" where `id` = ? and `user_id` = ?", way.ID, id); err != nil {
				return nil, err
			}
		}
		if err := m.changes.enqueue(ctx, tx, events...); err != nil {
			return nil, err
		}
		if e != nil {
			if entries, err = m.changes.end(ctx, tx, *e, id); err != nil {
				return nil, err
			}
		}
		return m.changes.add(ctx, tx, entries, &Revocation{UserId: id, Reason: way.reason()})
	})
	if err == nil && last {
		err = ErrLastWay
	}
	return removed && err == nil, err
}

// removalEvents returns the events for the removal of a way. It reads the address only if
// an endpoint subscribes to them.
func (m *customUserModel) removalEvents(ctx context.Context, tx sqlx.Session, id int64, way Way) ([]OutboxEvent, error) {
	column := way.column()
	if column == "" || !m.changes.wants(AddressRemoved) {
		return nil, nil
	}
	var value string
	err := tx.QueryRowCtx(ctx, &value, fmt.Sprintf("select coalesce(`%s`, '') from %s where `id` = ?", column, m.table), id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return []OutboxEvent{addressEvent(AddressRemoved, id, column, value)}, err
}

// matches reports whether a user matches a condition.
func (m *customUserModel) matches(ctx context.Context, tx sqlx.Session, id int64, c clause) (bool, error) {
	var n int
	err := tx.QueryRowCtx(ctx, &n, fmt.Sprintf("select count(*) from %s where `id` = ? and %s", m.table, c.text), append([]any{id}, c.args...)...)
	return n > 0, err
}

// column returns the column of an address, or "" if the way is not an address.
func (w Way) column() UserColumn {
	switch w.Kind {
	case WayPhone:
		return UserPhone
	case WayEmail:
		return UserEmail
	}
	return ""
}

// set returns the assignments in the user row for a removal.
func (w Way) set() string {
	if column := w.column(); column != "" {
		return "`" + string(column) + "` = null, " + nextEpoch
	}
	return nextEpoch
}

// reason returns the reason of the Revocation for a removal.
func (w Way) reason() string {
	if w.column() != "" {
		return IdentifierChanged
	}
	return CredentialChanged
}

// exists returns the condition that a user has the way.
func (w Way) exists(id int64) clause {
	if t, ok := wayTables[w.Kind]; ok {
		return clause{"exists (select 1 from " + t.name + " where `id` = ? and `user_id` = ?)", []any{w.ID, id}}
	}
	return clause{text: "`" + string(w.column()) + "` is not null"}
}

// remaining returns the condition that a user has a way to sign in other than without.
func (r Ways) remaining(id int64, without Way) clause {
	var all []clause
	if without.Kind != WayPhone {
		all = append(all, clause{text: "`phone` is not null"})
	}
	if without.Kind != WayEmail && r.Email {
		all = append(all, clause{text: "`email` is not null"})
	}
	// A password works with any name.
	var names []string
	for _, name := range []UserColumn{UserUsername, UserPhone, UserEmail} {
		if name != without.column() {
			names = append(names, "`"+string(name)+"` is not null")
		}
	}
	all = append(all, clause{
		"(" + strings.Join(names, " or ") + ") and exists (select 1 from `credential` where `user_id` = ? and `kind` = ?)",
		[]any{id, KindPassword},
	})
	if r.Passkeys {
		all = append(all, remainingRow(id, WayPasskey, without, "1 = 1"))
	}
	if len(r.Providers) > 0 {
		all = append(all, remainingRow(id, WayLink, without, "`provider` in ("+placeholders(len(r.Providers))+")", anys(r.Providers)...))
	}
	return anyOf(all)
}

// remainingRow returns the condition that a user has a row of a kind, other than without,
// that matches which.
func remainingRow(id int64, kind WayKind, without Way, which string, args ...any) clause {
	t := wayTables[kind]
	c := clause{"exists (select 1 from " + t.name + " where `user_id` = ? and " + t.admits + " and " + which, append([]any{id}, args...)}
	if without.Kind == kind {
		c.text, c.args = c.text+" and `id` <> ?", append(c.args, without.ID)
	}
	c.text += ")"
	return c
}

// anyOf returns the disjunction of the clauses.
func anyOf(all []clause) (c clause) {
	var each []string
	for _, one := range all {
		each = append(each, "("+one.text+")")
		c.args = append(c.args, one.args...)
	}
	c.text = strings.Join(each, " or ")
	return c
}
