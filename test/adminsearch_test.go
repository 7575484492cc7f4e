package test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/test/kit"
)

// The search finds a user by id, by a complete number as typed, and by a prefix of a
// username, number or e-mail address; each user once across pages.
func TestAdmin_search(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		ids := map[string]int64{"other": idOf(app, other)}
		for _, name := range []string{"ann", "anna", "anne", "bob"} {
			made := app.Post("/user/register", object{"username": name, "password": "correct horse battery"})
			made.Want(t, 200, "")
			ids[name] = made.Number("id")
		}
		db := openStores(t, app).db
		for name, mail := range map[string]string{"ann": "annette@example.com", "bob": "anton@example.com", "anne": "zoe@example.com"} {
			if _, err := db.Exec("UPDATE `user` SET `email` = ? WHERE `id` = ?", mail, ids[name]); err != nil {
				t.Fatal(err)
			}
		}
		names := map[int64]string{}
		for name, id := range ids {
			names[id] = name
		}
		for query, want := range map[string][]string{
			"ann": {"ann", "anna", "anne"}, "an": {"ann", "anna", "anne", "bob"}, "ANTON@EX": {"bob"}, " anna ": {"anna"},
			fmt.Sprint(ids["anne"]): {"anne"}, "+919876543211": {"other"}, "98765 43211": {"other"}, "+91 98765-43211": {"other"},
			"zoe@example.com": {"anne"}, "nobody": nil, "%": nil, "ann_": nil, "\U0010FFFF": nil,
		} {
			for _, limit := range []int{1, 2, 50} {
				var got []string
				for next, pages := "", 0; pages == 0 || next != ""; pages++ {
					resp := app.Get(fmt.Sprintf("/admin/users?limit=%d&cursor=%s&q=%s", limit, next, url.QueryEscape(query)), admin.Access)
					resp.Want(t, 200, "")
					for _, user := range resp.JSON["users"].([]any) {
						got = append(got, names[int64(user.(object)["id"].(float64))])
					}
					if next = resp.Text("next"); pages > 10 {
						t.Fatalf("the pages of %q do not end", query)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%q by %d (-want +got):\n%s", query, limit, diff)
				}
			}
		}
		if resp := app.Get("/admin/users?q=ann&status=banned", admin.Access); len(resp.JSON["users"].([]any)) != 0 {
			t.Errorf("no user is banned, but the list is %s", resp.Body)
		}
		for _, query := range []string{"q=ann&cursor=7", "cursor=q.dWFubg", "q=ann&cursor=q.", "q=ann&cursor=q.eg", "q=ann&cursor=q.!!", "q=" + strings.Repeat("a", 255)} {
			app.Get("/admin/users?"+query, admin.Access).Want(t, 400, "invalid_request")
		}
	})
}

// The audit trail can be searched by address, network, time and request, separately and
// combined.
func TestAudit_search(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		begun := app.Clock.Now().UnixMilli()
		app.Advance(time.Minute)
		app.AskCode(auditPhone)
		app.Post("/user/otp", object{"email": "ann@example.com"}).Want(t, 200, "")
		app.Await("both", func() bool { return len(tr.page("type=code_asked&from="+fmt.Sprint(begun+1))) == 2 })
		asked := tr.page("type=code_asked&address=" + url.QueryEscape(auditPhone))
		if len(asked) != 1 {
			t.Fatalf("the events of the number are %v", asked)
		}
		name, network, request, at := asked[0]["to"].(string), asked[0]["ip"].(string), asked[0]["requestId"].(string), int64(asked[0]["at"].(float64))
		for query, want := range map[string]int{
			"address=" + name: 1, "address=ann%40EXAMPLE.com": 1, "address=%2B919876543219": 0, "address=" + strings.Repeat("0", 32): 0,
			"type=code_asked&ip=" + url.QueryEscape(network): 4, "type=code_asked&ip=127.0.0.1": 4, "ip=192.0.2.1": 0, "ip=2001:db8::1": 0,
			"requestId=" + request: 1, "requestId=none": 0,
			fmt.Sprint("address=", name, "&from=", at): 1, fmt.Sprint("address=", name, "&from=", at, "&to=", at+1): 1,
			fmt.Sprint("address=", name, "&from=", at+1): 0, fmt.Sprint("address=", name, "&to=", at): 0, fmt.Sprint("to=", 1): 0,
			fmt.Sprint("address=", name, "&ip=127.0.0.1&type=code_asked&requestId=", request): 1,
			"address=" + name + "&type=sign_in":                                               0,
		} {
			if got := tr.page(query); len(got) != want {
				t.Errorf("%s: %d events, want %d", query, len(got), want)
			}
		}
		// A page ends at the time limit, and the cursor continues from there.
		seen := 0
		for next, pages := "", 0; pages == 0 || next != ""; pages++ {
			resp := app.Get(fmt.Sprintf("/admin/events?limit=1&type=code_asked&from=%d&to=%d&cursor=%s", begun+1, at+1000, next), tr.admin.Access)
			resp.Want(t, 200, "")
			seen += len(resp.JSON["events"].([]any))
			if next = resp.Text("next"); pages > 5 {
				t.Fatal("the pages do not end")
			}
		}
		if seen != 2 {
			t.Errorf("%d events page by page, want 2", seen)
		}
		for query, field := range map[string]string{
			"address=x": "address", "address=a%40b": "address", "ip=x": "ip", "ip=10.0.0.0/8": "ip", "ip=2001:db8::/32": "ip",
			"from=-1": "from", "to=-1": "to", "from=5&to=5": "to", "requestId=" + strings.Repeat("a", 65): "requestId",
			"address=" + strings.Repeat("a", 300): "address", "ip=" + strings.Repeat("1", 99): "ip",
		} {
			wantRefusal(t, query, app.Get("/admin/events?"+query, tr.admin.Access), refusal{400, "invalid_request", field})
		}
	})
}

// One page lists the messages to all addresses of a user, newest first.
func TestDeliveries_ofUser(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		bindAddress(t, app, other, byEmail, "ann@example.com")
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"email": "ann@example.com"}).Want(t, 200, "")
		query := "userId=" + fmt.Sprint(idOf(app, other))
		var all []string
		app.Await("the messages", func() bool { all, _ = lives(t, app, admin, query); return len(all) >= 3 })
		if !slices.ContainsFunc(all, func(line string) bool { return strings.HasPrefix(line, "sms IN") }) ||
			!slices.ContainsFunc(all, func(line string) bool { return strings.HasPrefix(line, "email:") }) {
			t.Errorf("the messages of the user are %v", all)
		}
		var paged []string
		for next, pages := "", 0; pages == 0 || next != ""; pages++ {
			some, after := lives(t, app, admin, "limit=1&cursor="+next+"&"+query)
			if paged, next = append(paged, some...), after; pages > 20 {
				t.Fatal("the pages do not end")
			}
		}
		if len(paged) < len(all) {
			t.Errorf("%d messages page by page, want %d", len(paged), len(all))
		}
		made := app.Post("/user/register", object{"username": "addressless", "password": "correct horse battery"})
		if none, _ := lives(t, app, admin, "userId="+fmt.Sprint(made.Number("id"))); len(none) != 0 {
			t.Errorf("a user without an address has the messages %v", none)
		}
		app.Get("/admin/deliveries?userId=1", admin.Access).Want(t, 404, "not_found")
		for _, bad := range []string{"userId=-1", "userId=x", "userId=1&to=%2B919876543211"} {
			app.Get("/admin/deliveries?"+bad, admin.Access).Want(t, 400, "invalid_request")
		}
	})
}

// Both spellings find a number in the trail that is stored in an older spelling.
func TestAudit_searchSpelling(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		const before, today = "+22997979797", "+2290197979797"
		old := address.Stored(address.KindPhone, before)
		for i, canonical := range old.Spellings() {
			name := app.Service.Audit.Ring.Address("phone", canonical).Current
			_, err := openStores(t, app).db.Exec("INSERT INTO `event` (`id`, `at`, `type`, `user_id`, `session_id`, `actor_id`, `address`, `ip`, `reason`, `request_id`) "+
				"VALUES (?, 1, 'code_asked', 1, '', 0, ?, '', 'login', '')", fmt.Sprintf("%026d", i), name)
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, typed := range []string{before, today} {
			resp := app.Get("/admin/events?address="+url.QueryEscape(typed), admin.Access)
			if events := resp.JSON["events"].([]any); len(events) != len(old.Spellings()) || len(events) < 2 {
				t.Errorf("%s finds %d events, want %d", typed, len(events), len(old.Spellings()))
			}
		}
	})
}
