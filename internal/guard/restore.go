package guard

import (
	"context"
	"net/netip"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/channel"
	"user-api/internal/redisscript"
)

// Restore charges the global and country limits and budgets for messages that Redis has lost.
// asked returns how many were requested in a window, by country; "" means none. Counts of
// networks, blocks and addresses are not restored, because the database does not have them.
func (g *Guard) Restore(ctx context.Context, asked func(ctx context.Context, window time.Duration) (map[string]int64, error)) error {
	if !g.Enabled {
		return nil
	}
	known := map[time.Duration]map[string]int64{}
	for _, l := range append(append([]Rate{{Window: day}}, g.Global...), g.Country...) {
		if known[l.Window] != nil {
			continue
		}
		counts, err := asked(ctx, l.Window)
		if err != nil {
			return err
		}
		known[l.Window] = counts
	}
	p, spent := newPlan(netip.Addr{}), int64(0)
	for country, n := range known[day] {
		if country == "" {
			continue
		}
		cost := n * g.Price(channel.SMS, country) // the channel of each message is unknown
		spent += cost
		p.add(bucket{Key: prefix + "country:" + country},
			append(amounts(g.Country, func(w time.Duration) int64 { return known[w][country] }), g.money(country, cost, g.CountryBudget)...))
	}
	p.add(bucket{Key: prefix + "global"}, append(amounts(g.Global, func(w time.Duration) int64 {
		total := int64(0)
		for _, n := range known[w] {
			total += n
		}
		return total
	}), g.money("day", spent, g.DayBudget)...))
	if len(p.Buckets) == 0 {
		return nil
	}
	if _, err := redisscript.Run(ctx, g.Redis, forceScript, []string{p.Buckets[0].Key}, p.Encode()); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// amounts returns the rates of limits with the amount of each window.
func amounts(limits []Rate, of func(time.Duration) int64) []rate {
	rates := rate{}.each(limits, coarse)
	for i, l := range limits {
		rates[i].Amount = of(l.Window)
	}
	return rates
}
