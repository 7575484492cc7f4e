package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

// points returns the sums of the series shown to an administrator, by kind and label.
func points(t *testing.T, app *kit.App, bearer, query string) (sums map[string]int64, answer kit.Response) {
	t.Helper()
	answer = app.Get("/admin/stats?"+query, bearer)
	answer.Want(t, 200, "")
	sums = map[string]int64{}
	for _, s := range answer.JSON["series"].([]any) {
		series := s.(object)
		for _, n := range series["points"].([]any) {
			sums[fmt.Sprint(series["kind"], " ", series["label"])] += int64(n.(float64))
		}
	}
	return sums, answer
}

// The actions on two nodes are counted once, by country, method and limit, and reported by
// both.
func TestStats(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		admin, _ := asAdmin(t, app) // two numbers that requested and used their codes
		id, _ := node.AskCode("+919876543212")
		node.Post("/user/otp", object{"phone": "+919876543212"}).Want(t, 429, "rate_limited")
		app.Post("/user/otp", object{"email": "ann@example.com"}).Want(t, 200, "")
		app.Await("what node has counted", func() bool {
			sent := node.Get("/user/otp/"+id, "").Text("status") == "sent"
			if err := node.Service.Tally.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, _ := points(t, app, admin.Access, "")
			return sent && got["asked IN"] == 3 && got["sent IN"] == 3 && got["sent email"] == 1
		})
		for _, asked := range []*kit.App{app, node} {
			got, _ := points(t, asked, admin.Access, "step=600")
			for name, want := range map[string]int64{
				"asked IN": 3, "asked email": 1, "sent IN": 3, "used IN": 2, "sign_in code": 2, "refused cooldown": 1,
			} {
				if got[name] != want {
					t.Errorf("%s: %d, want %d of %v", name, got[name], want, got)
				}
			}
			if got["spend IN"] <= 0 || got["spend email"] != 0 {
				t.Errorf("the spend is %v", got)
			}
		}
	})
}

// The range is rounded to whole steps, and the number of points is limited.
func TestStats_range(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	admin, _ := asAdmin(t, app)
	const hour, day = int64(3_600_000), int64(86_400_000)
	now := app.Clock.Now().UnixMilli()
	next := func(step int64) int64 { return (now + step - 1) / step * step }
	for query, want := range map[string]struct{ from, to, step int64 }{
		"":          {next(hour) - 25*hour, next(hour), 3600},
		"step=600":  {next(hour/6) - 145*hour/6, next(hour / 6), 600},
		"step=3600": {next(hour) - 25*hour, next(hour), 3600},
		fmt.Sprint("step=86400&from=1&to=", 7*day):             {0, 7 * day, 86400},
		fmt.Sprint("step=86400&from=", day+1, "&to=", 7*day+1): {day, 8 * day, 86400},
		"step=86400&from=1":          {next(day) - 750*day, next(day), 86400},
		fmt.Sprint("from=", now+day): {next(hour) - hour, next(hour), 3600},
	} {
		_, resp := points(t, app, admin.Access, query)
		if from, to, step := resp.Number("from"), resp.Number("to"), resp.Number("step"); step != want.step ||
			(from-want.from) > 1000*want.step || (want.from-from) > 1000*want.step || to != want.to {
			t.Errorf("%q: from %d to %d by %d, want %v", query, from, to, step, want)
		}
		for _, s := range resp.JSON["series"].([]any) {
			if n := len(s.(object)["points"].([]any)); int64(n) != (resp.Number("to")-resp.Number("from"))/1000/resp.Number("step") || n > 750 {
				t.Errorf("%q: %d points", query, n)
			}
		}
	}
	for query, field := range map[string]string{
		"step=60": "step", "step=-1": "step", "from=-1": "from", "to=-1": "to", "from=2&to=1": "to", "from=1&to=1": "to",
		fmt.Sprint("from=1&to=", now): "step", fmt.Sprint("to=", int64(1)<<50): "to", "from=x": "",
	} {
		resp := app.Get("/admin/stats?"+query, admin.Access)
		resp.Want(t, 400, "invalid_request")
		if field != "" && resp.Text("field") != field {
			t.Errorf("%q: the field %q, want %s", query, resp.Text("field"), field)
		}
	}
}

// The state of the service lists each part, the queue and the circuit breakers of this
// node.
func TestServiceHealth(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		var resp kit.Response
		app.Await("every part to be well", func() bool {
			resp = app.Get("/admin/health", admin.Access)
			resp.Want(t, 200, "")
			return resp.Text("status") == "ok"
		})
		if got := fmt.Sprint(resp.JSON["parts"]); got != "map[database:ok migrations:ok queue:ok redis:ok]" {
			t.Errorf("parts: %s", got)
		}
		if got := fmt.Sprint(resp.JSON["queue"]); got != "map[later:0 oldest:0 running:0 waiting:0]" {
			t.Errorf("queue: %s", got)
		}
		circuits := fmt.Sprint(resp.JSON["circuits"])
		for _, want := range []string{"map[channel:sms kind:delivery provider:inbox state:closed]", "map[channel:email kind:delivery provider:inbox state:closed]"} {
			if !strings.Contains(circuits, want) {
				t.Errorf("circuits: %s, want %s", circuits, want)
			}
		}
		if at := time.UnixMilli(resp.Number("at")); app.Clock.Now().Sub(at).Abs() > time.Minute {
			t.Errorf("at %v", at)
		}
	})
}
