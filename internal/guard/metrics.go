package guard

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/metrics"
)

var (
	refusals = metrics.Counter("user_api_guard_refusals_total",
		"requests refused by a limit", "limit")
	shadows = metrics.Counter("user_api_guard_shadow_total",
		"sends that the conversion guard admitted in shadow mode and would have refused, by block or country", "scope")
	spend = metrics.Counter("user_api_guard_spend_usd_total",
		"price of granted messages with a code by the price table, in US dollars, including those that fail later",
		"channel", "country")
	warnings = metrics.Counter("user_api_guard_warnings_total",
		"shared limits that were reached, once per window", "limit", "level")
)

// Warn logs and counts a warning.
func Warn(ctx context.Context, w Warning) {
	warnings.Inc(string(w.Class), w.Level)
	logx.WithContext(ctx).Errorw("guard: a limit is reached", logx.Field("limit", w.Class),
		logx.Field("scope", w.Scope), logx.Field("level", w.Level))
}

// Granted handles what a script noticed about a granted send: its alerts, and the scopes that
// enforce mode would have refused.
func (g *Guard) Granted(ctx context.Context, alerts, shadow []any) {
	for _, alert := range alerts {
		if a, ok := alert.([]any); ok && len(a) == 3 {
			g.Alert(ctx, Warning{Class(text(a[0])), text(a[1]), text(a[2])})
		}
	}
	for _, scope := range shadow {
		shadows.Inc(text(scope))
		logx.WithContext(ctx).Debugw("guard: too few codes of this scope are used", logx.Field("scope", text(scope)))
	}
}

// Spent counts the price of a granted message. An e-mail has none.
func (g *Guard) Spent(by string, to address.Address) {
	if g.Price == nil || to.Kind() != address.KindPhone {
		return
	}
	price := g.Price(by, to.Region())
	spend.Add(float64(price)/1e6, by, to.Region())
	if g.Counts != nil {
		g.Counts.Spent(to.Region(), price)
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
