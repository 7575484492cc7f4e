package model

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/coalesce"
)

// Statement is a query with its arguments and the index it must use.
type Statement struct {
	Query string
	Args  []any
	Index string
}

// Statements returns the statements on the tables event and delivery by name, to check their
// query plans.
func Statements() map[string]Statement {
	list := map[string]Statement{}
	events, steps := &customEventModel{newEventModel(nil)}, &customDeliveryModel{newDeliveryModel(nil)}
	for name, c := range map[string]struct {
		EventFilter
		index string
	}{
		"events":                     {EventFilter{Limit: 51}, "PRIMARY"},
		"events of a user":           {EventFilter{UserID: 3, Limit: 51}, "event_user"},
		"events of a type":           {EventFilter{Type: "type-3", Limit: 51}, "event_type"},
		"events of a user and type":  {EventFilter{UserID: 3, Type: "type-3", Limit: 51}, "event_user"},
		"a page of events":           {EventFilter{Before: "00001000", Limit: 51}, "PRIMARY"},
		"a user's own events":        {EventFilter{UserID: 3, Types: []string{"type-3", "type-4", "type-9"}, Before: "00001000", Limit: 51}, "event_user"},
		"a page of events of a user": {EventFilter{UserID: 3, Before: "00001000", Limit: 51}, "event_user"},
		"events between two times":   {EventFilter{From: "00000900", Before: "00001000", Limit: 51}, "PRIMARY"},
		"events of an address":       {EventFilter{Address: "address-3", Limit: 51}, "event_address"},
		"a page of an address":       {EventFilter{Address: "address-3", From: "00000300", Before: "00001000", Limit: 51}, "event_address"},
		"events of a network":        {EventFilter{IP: "ip-3", Limit: 51}, "event_ip"},
		"a page of a network":        {EventFilter{IP: "ip-3", Before: "00001000", Limit: 51}, "event_ip"},
		"events of a request":        {EventFilter{RequestID: "request-3", Limit: 51}, "event_request"},
		"a type of an address":       {EventFilter{Address: "address-3", Type: "type-3", Limit: 51}, "event_address"},
	} {
		query, args := events.listQuery(c.EventFilter)
		list[name] = Statement{query, args, c.index}
	}
	for name, c := range map[string]struct {
		DeliveryFilter
		index string
	}{
		"timelines":               {DeliveryFilter{Limit: 51}, "delivery_opens"},
		"timelines of an address": {DeliveryFilter{Address: "address-3", Limit: 51}, "delivery_address"},
		"a page of timelines":     {DeliveryFilter{Address: "address-3", Before: "00001000", Limit: 51}, "delivery_address"},
	} {
		query, args := steps.firstStepsQuery(c.DeliveryFilter)
		list[name] = Statement{query, args, c.index}
	}
	list["all events of a type"] = Statement{events.ofTypeQuery(), []any{"type-3", "00001000", 500}, "event_type"}
	list["steps"] = Statement{steps.stepsQuery(2), []any{"message-1", "message-2"}, "delivery_message"}
	list["codes"] = Statement{steps.codesQuery(), []any{"00001000", 500}, "PRIMARY"}
	for _, table := range []string{"`event`", "`delivery`"} {
		list["old rows of "+table] = Statement{idQuery(table, oldRows), []any{"00000003", 500}, "PRIMARY"}
		list["deleting from "+table] = Statement{deleteQuery(table, 2), []any{"00000001", "00000002"}, "PRIMARY"}
	}
	return list
}

// callsOf returns a coalesced call for each input.
func callsOf[In, Out any](ins []In) []*coalesce.Call[In, Out] {
	calls := make([]*coalesce.Call[In, Out], len(ins))
	for i, in := range ins {
		calls[i] = &coalesce.Call[In, Out]{In: in}
	}
	return calls
}

// outs returns the results and errors of calls, whose order may have changed.
func outs[In comparable, Out any](calls []*coalesce.Call[In, Out]) (map[In]Out, map[In]error) {
	found, failed := map[In]Out{}, map[In]error{}
	for _, c := range calls {
		found[c.In], failed[c.In] = c.Out, c.Err
	}
	return found, failed
}

// ReadUsers reads several users with one statement.
func ReadUsers(ctx context.Context, m UserModel, column string, values ...any) (map[any]*User, map[any]error) {
	calls := callsOf[any, *User](values)
	m.(*customUserModel).readAllBy(ctx, column, calls)
	return outs(calls)
}

// RecordSignIns records several sign-ins with one statement for each language.
func RecordSignIns(ctx context.Context, m UserModel, at int64, localeOf map[int64]string) error {
	var all []signIn
	for id, locale := range localeOf {
		all = append(all, signIn{id, at, locale})
	}
	calls := callsOf[signIn, struct{}](all)
	m.(*customUserModel).recordAllSignIns(ctx, calls)
	for _, c := range calls {
		if c.Err != nil {
			return c.Err
		}
	}
	return nil
}

// InsertTokens inserts several sessions with one statement.
func InsertTokens(ctx context.Context, m TokenModel, rows ...*Token) map[*Token]error {
	calls := callsOf[*Token, struct{}](rows)
	m.(*customTokenModel).insertAll(ctx, calls)
	_, failed := outs(calls)
	return failed
}

// ReadOpened calls Opened for several users with one statement and returns the number of
// sessions of each.
func ReadOpened(ctx context.Context, m TokenModel, now int64, ids ...int64) (map[int64]int, map[int64]error) {
	var all []openedKey
	for _, id := range ids {
		all = append(all, openedKey{id, now})
	}
	calls := callsOf[openedKey, *Opened](all)
	m.(*customTokenModel).readAllOpened(ctx, calls)
	living, failed := map[int64]int{}, map[int64]error{}
	for _, c := range calls {
		if failed[c.In.userID] = c.Err; c.Out != nil && c.Out.Id == c.In.userID {
			living[c.In.userID] = c.Out.Living
		}
	}
	return living, failed
}

// ReadSessions calls FindWithUser for several sessions with one statement and returns the
// numbers of their users.
func ReadSessions(ctx context.Context, m TokenModel, ids ...string) (map[string]string, map[string]error) {
	calls := callsOf[string, *sessionWithUser](ids)
	m.(*customTokenModel).readAllSessions(ctx, calls)
	found, failed := outs(calls)
	whose := map[string]string{}
	for id, row := range found {
		if row != nil && row.Id == id && row.Now > 0 {
			whose[id] = row.Phone.String
		}
	}
	return whose, failed
}

// ClearAnonymous is clearAnonymous without conditions.
func ClearAnonymous(ctx context.Context, tx sqlx.Session, userID int64) (bool, error) {
	return clearAnonymous(ctx, tx, userID)
}
