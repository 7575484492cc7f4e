package model

// Statement is a query with its arguments, and the index it is to be done by.
type Statement struct {
	Query string
	Args  []any
	Index string
}

// Statements are what the two tables of records are asked, by name, for a look at
// how a database goes about them.
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
		"a page of events of a user": {EventFilter{UserID: 3, Before: "00001000", Limit: 51}, "event_user"},
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
		query, args := steps.openingQuery(c.DeliveryFilter)
		list[name] = Statement{query, args, c.index}
	}
	list["all events of a type"] = Statement{events.ofTypeQuery(), []any{"type-3", "00001000", 500}, "event_type"}
	list["steps"] = Statement{steps.stepsQuery(2), []any{"message-1", "message-2"}, "delivery_message"}
	list["codes"] = Statement{steps.codesQuery(), []any{"00001000", 500}, "PRIMARY"}
	for _, table := range []string{"`event`", "`delivery`"} {
		list["old rows of "+table] = Statement{oldQuery(table), []any{"00000003", 500}, "PRIMARY"}
		list["deleting from "+table] = Statement{deleteQuery(table, 2), []any{"00000001", "00000002"}, "PRIMARY"}
	}
	return list
}
