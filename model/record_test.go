package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

func fillRecords(t *testing.T, db *store.DB, n int) (model.EventModel, model.DeliveryModel) {
	t.Helper()
	events, steps := model.NewEventModel(db.Conn), model.NewDeliveryModel(db.Conn)
	var e []*model.Event
	var d []*model.Delivery
	for i := range n {
		id, opens := fmt.Sprintf("%08d", i), int64(0)
		if i%5 == 0 {
			opens = 1
		}
		e = append(e, &model.Event{
			Id: id, At: int64(i), UserId: int64(i % 50), Type: fmt.Sprintf("type-%d", i%20),
			Address: fmt.Sprintf("address-%d", i%300), Ip: fmt.Sprintf("ip-%d", i%70), RequestId: fmt.Sprintf("request-%d", i/2),
		})
		d = append(d, &model.Delivery{
			Id: id, Message: fmt.Sprintf("message-%d", i/5), Address: fmt.Sprintf("address-%d", i/5%30), Opens: opens,
		})
	}
	for range 2 { // repeating it is no error and adds nothing
		for i := 0; i < n; i += 500 {
			if err := events.InsertAll(ctx, e[i:min(n, i+500)]); err != nil {
				t.Fatal(err)
			}
			if err := steps.InsertAll(ctx, d[i:min(n, i+500)]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return events, steps
}

// Every statement uses the index made for it, also for the order.
func TestRecords_indexes(t *testing.T) {
	testkit.NotInRace(t, "fills tables, and nothing runs at once")
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		fillRecords(t, db, 3000)
		if db.Dialect == store.MySQL {
			if _, err := db.SQL.Exec("ANALYZE TABLE `event`, `delivery`"); err != nil {
				t.Fatal(err)
			}
		}
		for name, s := range model.Statements() {
			if plan, ok := explain(t, db, s); !ok {
				t.Errorf("%s: %s\nuses: %s", name, s.Query, plan)
			}
		}
	})
}

// explain returns the query plan of a statement, and whether it uses only the index.
func explain(t *testing.T, db *store.DB, s model.Statement) (plan string, ok bool) {
	t.Helper()
	explain := "EXPLAIN "
	if db.Dialect == store.SQLite {
		explain = "EXPLAIN QUERY PLAN "
	}
	rows, err := db.SQL.Query(explain+s.Query, s.Args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	ok = true
	for rows.Next() {
		values, row := make([]any, len(columns)), map[string]string{}
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, column := range columns {
			v := *values[i].(*any)
			if raw, bytes := v.([]byte); bytes {
				v = string(raw)
			}
			row[column] = fmt.Sprint(v)
		}
		plan += fmt.Sprintln(row)
		if db.Dialect == store.SQLite {
			ok = ok && strings.HasPrefix(row["detail"], "SEARCH ") && strings.Contains(row["detail"], s.Index) && !strings.Contains(row["detail"], "TEMP B-TREE")
		} else {
			ok = ok && row["key"] == s.Index && row["type"] != "ALL" && !strings.Contains(row["Extra"], "filesort")
		}
	}
	return plan, ok && plan != ""
}

func TestEventModel(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		events, _ := fillRecords(t, db, 1000)
		for name, c := range map[string]struct {
			filter model.EventFilter
			want   []string
		}{
			"all":                 {model.EventFilter{Limit: 2}, []string{"00000999", "00000998"}},
			"a page":              {model.EventFilter{Before: "00000002", Limit: 9}, []string{"00000001", "00000000"}},
			"of a user":           {model.EventFilter{UserID: 49, Limit: 2}, []string{"00000999", "00000949"}},
			"of a type":           {model.EventFilter{Type: "type-1", Before: "00000041", Limit: 9}, []string{"00000021", "00000001"}},
			"of a user and type":  {model.EventFilter{UserID: 1, Type: "type-1", Limit: 2}, []string{"00000901", "00000801"}},
			"of an address":       {model.EventFilter{Address: "address-7", Before: "00000700", Limit: 9}, []string{"00000607", "00000307", "00000007"}},
			"of a network":        {model.EventFilter{IP: "ip-7", From: "00000800", Limit: 9}, []string{"00000987", "00000917", "00000847"}},
			"of a request":        {model.EventFilter{RequestID: "request-7", Limit: 9}, []string{"00000015", "00000014"}},
			"of a time":           {model.EventFilter{From: "00000014", Before: "00000016", Limit: 9}, []string{"00000015", "00000014"}},
			"of several":          {model.EventFilter{RequestID: "request-7", IP: "ip-15", Limit: 9}, []string{"00000015"}},
			"of nobody":           {model.EventFilter{UserID: 51, Limit: 2}, nil},
			"of a user and types": {model.EventFilter{UserID: 1, Types: []string{"type-1", "type-3"}, Limit: 2}, []string{"00000901", "00000801"}},
			"of other types":      {model.EventFilter{UserID: 1, Types: []string{"type-3"}, Limit: 2}, nil},
		} {
			list, err := events.List(ctx, c.filter)
			var got []string
			for _, e := range list {
				got = append(got, e.Id)
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
		page, err := events.OfType(ctx, "type-1", "00000021", 2)
		want := []*model.Event{{Id: "00000041", At: 41, Address: "address-41", Ip: "ip-41"}, {Id: "00000061", At: 61, Address: "address-61", Ip: "ip-61"}}
		if diff := cmp.Diff(want, page); err != nil || diff != "" {
			t.Errorf("OfType: %v (-want +got):\n%s", err, diff)
		}
		for _, want := range []int{4, 2, 0} {
			if n, err := events.Purge(ctx, "00000006", 4); err != nil || n != want {
				t.Errorf("Purge = %d, %v, want %d", n, err, want)
			}
		}
		if list, _ := events.List(ctx, model.EventFilter{Before: "00000008", Limit: 9}); len(list) != 2 {
			t.Errorf("%d events are left before the 8th, want 2", len(list))
		}
	})
}

func TestDeliveryModel(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		_, steps := fillRecords(t, db, 1000)
		list, err := steps.FirstSteps(ctx, model.DeliveryFilter{Address: "address-3", Before: "00000900", Limit: 2})
		if err != nil || len(list) != 2 || list[0].Id != "00000765" || list[1].Id != "00000615" {
			t.Errorf("FirstSteps = %v, %v", list, err)
		}
		list, err = steps.Steps(ctx, []string{"message-7", "message-2"})
		if err != nil || len(list) != 10 || list[0].Id != "00000010" || list[9].Id != "00000039" {
			t.Errorf("Steps = %v, %v", list, err)
		}
		var codes []*model.Delivery
		for i, step := range []string{"asked", "queued", "provider", "used", "asked"} {
			codes = append(codes, &model.Delivery{Id: fmt.Sprintf("1000000%d", i), Step: step, Block: "b"})
		}
		if err := steps.InsertAll(ctx, codes); err != nil {
			t.Fatal(err)
		}
		list, err = steps.Codes(ctx, "10000000", 2)
		if err != nil || len(list) != 2 || list[0].Id != "10000003" || list[1].Id != "10000004" || list[1].Block != "b" {
			t.Errorf("Codes = %v, %v", list, err)
		}
		if n, err := steps.Purge(ctx, "00000006", 100); err != nil || n != 6 {
			t.Errorf("Purge = %d, %v, want 6", n, err)
		}
	})
}
