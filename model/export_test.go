package model

// Statements are what the two tables of records are asked, by name, with the
// arguments of each, for a look at how a database goes about them.
func Statements() map[string]Statement {
	list := map[string]Statement{}
	add := func(name, query string, args ...any) { list[name] = Statement{query, args} }
	events, steps := &customEventModel{newEventModel(nil)}, &customDeliveryModel{newDeliveryModel(nil)}
	for name, f := range map[string]EventFilter{
		"events": {Limit: 51}, "events of a user": {UserID: 3, Limit: 51}, "events of a type": {Type: "type-3", Limit: 51},
		"events of a user and type": {UserID: 3, Type: "type-3", Limit: 51},
		"a page of events":          {Before: "00001000", Limit: 51}, "a page of events of a user": {UserID: 3, Before: "00001000", Limit: 51},
	} {
		query, args := events.listQuery(f)
		add(name, query, args...)
	}
	for name, f := range map[string]DeliveryFilter{
		"timelines": {Limit: 51}, "timelines of an address": {Address: "address-3", Limit: 51},
		"a page of timelines": {Address: "address-3", Before: "00001000", Limit: 51},
	} {
		query, args := steps.openingQuery(f)
		add(name, query, args...)
	}
	add("steps", steps.stepsQuery(2), "message-1", "message-2")
	for _, table := range []string{"`event`", "`delivery`"} {
		add("old rows of "+table, oldQuery(table), "00000003", 500)
		add("deleting from "+table, deleteQuery(table, 2), "00000001", "00000002")
	}
	return list
}

// Statement is a query with its arguments.
type Statement struct {
	Query string
	Args  []any
}
