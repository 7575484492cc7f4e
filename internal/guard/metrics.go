package guard

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/address"
)

var (
	refusals = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "guard", Name: "refusals_total",
		Help: "requests refused by a limit", Labels: []string{"limit"},
	})
	shadows = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "guard", Name: "shadow_total",
		Help: "sends that the conversion guard let pass in shadow mode and would refuse, by block or country", Labels: []string{"scope"},
	})
	spend = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "guard", Name: "spend_usd_total",
		Help: "what granted messages with a code cost by the table of prices, in US dollars; those that then fail are counted too", Labels: []string{"channel", "country"},
	})
	warnings = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "guard", Name: "warnings_total",
		Help: "limits over many that were reached, once per window", Labels: []string{"limit", "level"},
	})
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
