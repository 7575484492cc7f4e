package model

import (
	"context"
	"fmt"
)

// lastRune sorts after everything that may follow a prefix.
const lastRune = "\U0010FFFF"

type (
	// UserFilter selects the users that List returns: at most Limit with an id greater than
	// After and with a status at the time Now in Unix milliseconds. An empty Status matches
	// any.
	UserFilter struct {
		After  int64
		Limit  int
		Status string
		Now    int64
	}

	// UserSearch selects the users that Search returns: at most Limit whose value in the
	// column begins with Prefix and sorts after After, with a status as in UserFilter. If
	// ExcludeUsername is not empty, users whose username begins with it are left out.
	UserSearch struct {
		Column          UserColumn
		Prefix, After   string
		ExcludeUsername string
		Status          string
		Now             int64
		Limit           int
	}
)

func (m *customUserModel) List(ctx context.Context, f UserFilter) ([]*User, error) {
	where, args := ofStatus("`id` > ?", []any{f.After}, f.Status, f.Now)
	return m.list(ctx, where, "id", append(args, f.Limit))
}

func (m *customUserModel) Search(ctx context.Context, f UserSearch) ([]*User, error) {
	// A range, for which every dialect uses the index; LIKE would need escapes.
	where, args := fmt.Sprintf("`%s` >= ? and `%[1]s` < ?", f.Column), []any{f.Prefix, f.Prefix + lastRune}
	if f.After != "" {
		where, args = where+fmt.Sprintf(" and `%s` > ?", f.Column), append(args, f.After)
	}
	if f.ExcludeUsername != "" {
		where += " and (`username` is null or `username` < ? or `username` >= ?)"
		args = append(args, f.ExcludeUsername, f.ExcludeUsername+lastRune)
	}
	where, args = ofStatus(where, args, f.Status, f.Now)
	return m.list(ctx, where, string(f.Column), append(args, f.Limit))
}

// list returns the users that match a condition, ordered by a column.
func (m *customUserModel) list(ctx context.Context, where, column string, args []any) ([]*User, error) {
	return selectRows[*User](ctx, m.QueryRowsNoCacheCtx, fmt.Sprintf("select %s from %s where %s order by `%s` limit ?", userRows, m.table, where, column), args...)
}

// ofStatus adds a status at the time now to a condition.
func ofStatus(where string, args []any, status string, now int64) (string, []any) {
	const banned = "(`status` = ? and (`ban_until` = 0 or `ban_until` > ?))"
	switch status {
	case StatusBanned:
		return where + " and " + banned, append(args, StatusBanned, now)
	case StatusActive:
		return where + " and not " + banned, append(args, StatusBanned, now)
	case StatusAnonymous:
		where += " and `anonymous` > 0"
	}
	return where, args
}
