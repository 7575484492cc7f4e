package model

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Kinds of ways in that can be removed.
const (
	WayPhone   WayKind = "phone"
	WayEmail   WayKind = "email"
	WayPasskey WayKind = "passkey"
	WayLink    WayKind = "link"
)

// ErrLastWay is returned where a user would be left without a way in.
var ErrLastWay = errors.New("model: the last way in")

type (
	// WayKind is a kind of ways in.
	WayKind string

	// Way is a way in that a user can have: a proof that alone signs in. A second factor
	// is none.
	Way struct {
		Kind WayKind
		// ID is that of a passkey or of a link.
		ID string
	}

	// Ways says what is a way in by the configuration, beside a number and a password
	// with any name.
	Ways struct {
		// Email says that one signs in by a code to an e-mail address, Passkeys that one
		// does by a passkey.
		Email, Passkeys bool
		// Providers are those by whose links one signs in.
		Providers []string
	}

	// wayTable is where ways are kept that have rows of their own.
	wayTable struct {
		name string
		// admits is what holds of a row that lets its user in.
		admits string
	}

	// clause is a condition on the row of a user, with its arguments.
	clause struct {
		text string
		args []any
	}
)

// wayTables are the tables of ways, by kind. Addresses are in the row of the user.
var wayTables = map[WayKind]wayTable{
	WayPasskey: {"`passkey`", "`cloned` = 0"},
	WayLink:    {"`link`", "1 = 1"},
}

// RemoveWay asks for what is left in the very statement that writes the row of the user:
// what it reads is what is committed, in every dialect, and of two removals that meet, the
// second finds what the first has left. On a cluster one of the two is run anew.
func (m *customUserModel) RemoveWay(ctx context.Context, id int64, way Way, rules Ways, e *Ending) (removed bool, err error) {
	last := false
	err = m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) (entries []*Revocation, err error) {
		removed, last = false, false // the transaction may be run again
		// Whoever changes a user locks its row first.
		if err := m.set(ctx, tx, id, "`epoch` = `epoch`"); err != nil {
			return nil, err
		}
		told, err := m.toldOf(ctx, tx, id, way)
		if err != nil {
			return nil, err
		}
		has, rest := way.held(id), rules.beside(id, way)
		removed, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ? and %s and (%s)",
			m.table, way.set(), has.text, rest.text), append(append([]any{id}, has.args...), rest.args...)...))
		if err != nil {
			return nil, err
		}
		if !removed {
			last, err = m.holds(ctx, tx, id, has)
			return nil, err
		}
		if t, ok := wayTables[way.Kind]; ok {
			if _, err := tx.ExecCtx(ctx, "delete from "+t.name+" where `id` = ? and `user_id` = ?", way.ID, id); err != nil {
				return nil, err
			}
		}
		if err := m.changes.tell(ctx, tx, told...); err != nil {
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

// toldOf is what is told of the end of a way, which is read only where anybody wants it.
func (m *customUserModel) toldOf(ctx context.Context, tx sqlx.Session, id int64, way Way) ([]Happening, error) {
	column := way.column()
	if column == "" || !m.changes.wants(AddressRemoved) {
		return nil, nil
	}
	var value string
	err := tx.QueryRowCtx(ctx, &value, fmt.Sprintf("select coalesce(`%s`, '') from %s where `id` = ?", column, m.table), id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return []Happening{ofAddress(AddressRemoved, id, column, value)}, err
}

// holds reports whether a condition holds for a user.
func (m *customUserModel) holds(ctx context.Context, tx sqlx.Session, id int64, c clause) (bool, error) {
	var n int
	err := tx.QueryRowCtx(ctx, &n, fmt.Sprintf("select count(*) from %s where `id` = ? and %s", m.table, c.text), append([]any{id}, c.args...)...)
	return n > 0, err
}

// column is where an address is kept; empty for what is none.
func (w Way) column() UserColumn {
	switch w.Kind {
	case WayPhone:
		return UserPhone
	case WayEmail:
		return UserEmail
	}
	return ""
}

// set is what the removal writes into the row of the user.
func (w Way) set() string {
	if column := w.column(); column != "" {
		return "`" + string(column) + "` = null, " + nextEpoch
	}
	return nextEpoch
}

// reason is for which reason the user has changed.
func (w Way) reason() string {
	if w.column() != "" {
		return IdentifierChanged
	}
	return CredentialChanged
}

// held is that a user has the way.
func (w Way) held(id int64) clause {
	if t, ok := wayTables[w.Kind]; ok {
		return clause{"exists (select 1 from " + t.name + " where `id` = ? and `user_id` = ?)", []any{w.ID, id}}
	}
	return clause{text: "`" + string(w.column()) + "` is not null"}
}

// beside is that a user has a way in without the one that is given.
func (r Ways) beside(id int64, without Way) clause {
	var all []clause
	if without.Kind != WayPhone {
		all = append(all, clause{text: "`phone` is not null"})
	}
	if without.Kind != WayEmail && r.Email {
		all = append(all, clause{text: "`email` is not null"})
	}
	// Any name goes with a password.
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
		all = append(all, rowBeside(id, WayPasskey, without, "1 = 1"))
	}
	if len(r.Providers) > 0 {
		all = append(all, rowBeside(id, WayLink, without, "`provider` in ("+marks(len(r.Providers))+")", texts(r.Providers)...))
	}
	return anyOf(all)
}

// rowBeside is that a user has a row of a kind of ways, beside the one that is given, for
// which a condition holds.
func rowBeside(id int64, kind WayKind, without Way, which string, args ...any) clause {
	t := wayTables[kind]
	c := clause{"exists (select 1 from " + t.name + " where `user_id` = ? and " + t.admits + " and " + which, append([]any{id}, args...)}
	if without.Kind == kind {
		c.text, c.args = c.text+" and `id` <> ?", append(c.args, without.ID)
	}
	c.text += ")"
	return c
}

// anyOf holds where one of the clauses does.
func anyOf(all []clause) (c clause) {
	var each []string
	for _, one := range all {
		each = append(each, "("+one.text+")")
		c.args = append(c.args, one.args...)
	}
	c.text = strings.Join(each, " or ")
	return c
}
