package svc

import (
	"context"
	"fmt"

	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/guard/price"
	"user-api/internal/keyring"
	"user-api/internal/redisscript"
)

// newGuard returns the Guard; asks means that a captcha is available.
func (s *ServiceContext) newGuard(ring *keyring.Ring, events event.Sink, asks bool) (*guard.Guard, error) {
	prices, err := Prices(s.Config)
	if err != nil {
		return nil, fmt.Errorf("config: RateLimit.Prices: %w", err)
	}
	limits := policy(s.Config.RateLimit)
	limits.Notices = rates(s.Config.Notices.PerAddress)
	return guard.New(guard.Options{
		Policy: limits, Redis: s.redis.Client, Spread: s.spread(), Ring: ring, Now: s.Now,
		Captcha: asks, Price: prices.By, Alert: alert(events), Counts: s.Tally,
	}), nil
}

// Prices returns the prices of messages: the configured ones and, for the others, the
// built-in tables.
func Prices(c config.Config) (price.Table, error) {
	return price.New(price.Options{Prices: c.RateLimit.Prices, Channels: c.ActiveChannels(), Home: c.WhatsAppHome()})
}

// spread reports whether codes are distributed over cluster slots by address.
func (s *ServiceContext) spread() bool {
	return s.Config.Otp.Spread && redisscript.InCluster(s.redis.Client)
}

// alert reports a reached shared limit to the log, the metrics and the audit trail.
func alert(events event.Sink) func(context.Context, guard.Warning) {
	return func(ctx context.Context, w guard.Warning) {
		guard.Warn(ctx, w)
		if w.Class == guard.Budget {
			events.Keep(ctx, event.Event{Kind: event.BudgetAlert, Reason: event.Reason(w.Level)})
		}
	}
}

func policy(c config.RateLimit) guard.Policy {
	budget := func(dollars int) int64 { return int64(dollars) * price.Dollar }
	return guard.Policy{
		Enabled: c.Enabled,
		Address: rates(c.Send.Address), Email: rates(c.Send.Email), Sends: rates(c.Send.Client),
		Block: rates(c.Send.Block), Country: rates(c.Send.Country), Global: rates(c.Send.Global),
		Verify:  rates(c.Verify.Client),
		Account: rates(c.Password.Account), Password: rates(c.Password.Client), Attempts: rates(c.Password.Attempts),
		Lookups: rates(c.Lookup.Client), Renames: rates(c.User.Rename), Acts: rates(c.User.Acts), Refusals: rates(c.User.Refused), Mails: rates(c.User.Mail),
		Avatars: rates(c.Avatar.User), AvatarClient: rates(c.Avatar.Client),
		Refresh: rates(c.Refresh.Client), Register: rates(c.Register.Client), Captchas: rates(c.Captcha.Client), Demands: rates(c.Captcha.Demands),
		Machines: rates(c.Machine.Client), MachineIDs: rates(c.Machine.Id), MachineRequests: rates(c.Machine.Requests),
		DayBudget: budget(c.Budget.Day), CountryBudget: budget(c.Budget.Country), BlockBudget: budget(c.Budget.Block),
		Soft: int64(c.Budget.Soft),
		Networks: guard.Networks{
			Net24: int64(c.Network.Net24), Net56: int64(c.Network.Net56),
			Net48: int64(c.Network.Net48), Net32: int64(c.Network.Net32),
		},
		Shares: guard.Shares{
			Network: int64(c.Share.Network), Provider: int64(c.Share.Provider), Number: int64(c.Share.Number),
			Captcha: int64(c.Share.Captcha), Known: int64(c.Share.Known),
		},
		Conversion: guard.Converting{
			Mode: guard.Mode(c.Conversion.Mode), Window: c.Conversion.Window.Duration(),
			MinSent: int64(c.Conversion.MinSent), MinPercent: int64(c.Conversion.MinPercent),
		},
	}
}

// rates parses a limit that has been validated.
func rates(text string) []guard.Rate {
	parsed, _ := config.ParseRates(text)
	list := make([]guard.Rate, 0, len(parsed))
	for _, r := range parsed {
		list = append(list, guard.Rate{Limit: r.Limit, Window: r.Window})
	}
	return list
}
