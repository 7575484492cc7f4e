package test

import (
	"strings"
	"testing"

	"user-api/internal/event"
	"user-api/test/kit"
)

// recorded returns the new rows of the audit trail since the last call, without ids and
// times, once all are written.
func recorded(t *testing.T, app *kit.App, s *stores, last *string) []string {
	t.Helper()
	app.Service.Audit.Keep(t.Context(), event.Event{Kind: event.BudgetAlert})
	var rows []string
	app.Await("the rows of the trail", func() bool {
		rows = rows[:0]
		result, err := s.db.Query("SELECT `id`, `type`, `reason`, `user_id`, `address`, `session_id` FROM `event` WHERE `id` > ? ORDER BY `id`", *last)
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		newest, done := "", false
		for result.Next() {
			var id, kind, reason, user, address, session string
			if err := result.Scan(&id, &kind, &reason, &user, &address, &session); err != nil {
				t.Fatal(err)
			}
			if newest, done = id, kind == string(event.BudgetAlert); !done {
				rows = append(rows, strings.Join([]string{kind, reason, user, address, session}, " "))
			}
		}
		if done {
			*last = newest
		}
		return done
	})
	return rows
}
