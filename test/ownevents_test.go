package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/event"
	"user-api/test/kit"
)

// ownEvents returns the events shown to a user, newest first, page by page.
func ownEvents(t *testing.T, app *kit.App, access string, limit int) []object {
	t.Helper()
	var all []object
	for next := ""; ; {
		page := app.Get(fmt.Sprintf("/user/events?limit=%d&cursor=%s", limit, next), access)
		page.Want(t, 200, "")
		events := page.JSON["events"].([]any)
		for _, one := range events {
			all = append(all, one.(object))
		}
		next, _ = page.JSON["next"].(string)
		if next != "" && len(events) != limit {
			t.Fatalf("a page of %d has %d events, and is not the last", limit, len(events))
		}
		if next == "" {
			return all
		}
	}
}

// toldLine returns an event as one line.
func toldLine(e object) string {
	text := e["type"].(string)
	for _, key := range []string{"reason", "by", "to", "ip", "userAgent"} {
		if v, ok := e[key]; ok {
			text += " " + v.(string)
		}
	}
	if e["current"] == true {
		text += " here"
	}
	return text
}

// Users see the events of their own account: the kinds meant for owners, without other
// actors and without addresses of others.
func TestOwnEvents(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		ann, bob := app.SignIn(auditPhone), app.SignIn("+919876543277")
		id, code := bindingCode(t, app, ann, byEmail, auditEmail)
		prove(app, ann, byEmail, id, code).Want(t, 200, "")
		app.Advance(61 * time.Second) // the cooldown of the address
		id, code = bindingCode(t, app, bob, byPhone, auditPhone)
		prove(app, bob, byPhone, id, code).Want(t, 409, "phone_taken")
		annID := idOf(app, ann)
		as(app, admin.Access, "PUT", replaceID("/admin/users/:id/role", annID), object{"role": "user"}).Want(t, 204, "")
		app.Get(fmt.Sprintf("/admin/events?userId=%d", annID), admin.Access).Want(t, 200, "")
		byPassword(app, "phone", auditPhone, passOne).Want(t, 401, "invalid_credentials")

		const phone, mail = "+91********88", "q***@example.com"
		want := []string{
			"sign_in_failed wrong_password " + phone + " 127.0.0.0/24",
			"role_changed user administrator",
			"address_bound bind-email " + mail + " 127.0.0.0/24 Go-http-client/1.1 here",
			"code_asked bind-email " + mail + " 127.0.0.0/24 Go-http-client/1.1 here",
			"sign_in code " + phone + " 127.0.0.0/24 Go-http-client/1.1 here",
		}
		var got []string
		soon(func() bool {
			got = nil
			for _, e := range ownEvents(t, app, ann.Access, 2) {
				got = append(got, toldLine(e))
			}
			return len(got) >= len(want)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ann gets (-want +got):\n%s", diff)
		}
		// Bob has tried to take Ann's number, which his event does not contain.
		text, _ := json.Marshal(ownEvents(t, app, bob.Access, 100))
		if !strings.Contains(string(text), "taken") || strings.Contains(string(text), phone) || strings.Contains(string(text), auditPhone) {
			t.Errorf("bob gets %s", text)
		}
		if one := ownEvents(t, app, ann.Access, 100); !slices.EqualFunc(one, ownEvents(t, app, ann.Access, 1), func(a, b object) bool { return a["id"] == b["id"] }) {
			t.Error("pages of one event differ from one page")
		}
	})
}

// Events of administrators and machines are not shown to owners.
func TestOwnEvents_kinds(t *testing.T) {
	told := event.OwnerKinds()
	for kind, keeping := range event.Kinds {
		if keeping.Owner && !keeping.Audit {
			t.Errorf("%s is shown to the owner but not kept in the trail", kind)
		}
	}
	for _, kind := range []event.Kind{event.AdminRead, event.BudgetAlert, event.ClientToken, event.KeyCreated, event.InviteCreated, event.MessageQueued} {
		if slices.Contains(told, string(kind)) {
			t.Errorf("owners can see %s", kind)
		}
	}
}
