package svc

import (
	"context"
	"fmt"

	"user-api/internal/audit"
	"user-api/internal/config"
	"user-api/internal/guard"
	"user-api/internal/guard/price"
	"user-api/internal/keyring"
)

// guard makes the one Guard and hands it to sign-in.
func (s *ServiceContext) guard(ring *keyring.Ring) error {
	prices, err := price.New(s.Config.RateLimit.Prices)
	if err != nil {
		return fmt.Errorf("config: RateLimit.Prices: %w", err)
	}
	verifier, err := NewCaptcha(s.Config.Captcha)
	if err != nil {
		return err
	}
	if verifier != nil {
		s.Signin.Captcha = verifier
		s.Signin.CaptchaProvider, s.Signin.CaptchaSiteKey = s.Config.Captcha.Provider, s.Config.Captcha.SiteKey
	}
	s.Signin.Guard = guard.New(guard.Options{
		Policy: policy(s.Config.RateLimit), Redis: s.redis.Client, Ring: ring, Now: s.Now,
		Captcha: verifier != nil, Price: prices.Of, Alert: s.alert,
	})
	return nil
}

// alert tells the log, the metrics and the audit trail that a limit over many is
// reached.
func (s *ServiceContext) alert(ctx context.Context, w guard.Warning) {
	guard.Warn(ctx, w)
	if w.Class == guard.Budget {
		s.Audit.Record(ctx, audit.Event{Type: audit.BudgetAlert, Reason: audit.Reason(w.Level)})
	}
}

func policy(c config.RateLimit) guard.Policy {
	budget := func(dollars int) int64 { return int64(dollars) * price.Dollar }
	return guard.Policy{
		Enabled: c.Enabled,
		Address: rates(c.Send.Address), Email: rates(c.Send.Email), Sends: rates(c.Send.Client),
		Block: rates(c.Send.Block), Country: rates(c.Send.Country), Global: rates(c.Send.Global),
		Verify:  rates(c.Verify.Client),
		Account: rates(c.Password.Account), Password: rates(c.Password.Client),
		Refresh: rates(c.Refresh.Client), Register: rates(c.Register.Client),
		DayBudget: budget(c.Budget.Day), CountryBudget: budget(c.Budget.Country), BlockBudget: budget(c.Budget.Block),
		Soft: c.Budget.Soft,
		Conversion: guard.Converting{
			Mode: guard.Mode(c.Conversion.Mode), Window: c.Conversion.Window.Duration(),
			MinSent: int64(c.Conversion.MinSent), MinPercent: int64(c.Conversion.MinPercent),
		},
	}
}

// rates reads a limit that the configuration has been checked for.
func rates(text string) []guard.Rate {
	parsed, _ := config.ParseRates(text)
	list := make([]guard.Rate, 0, len(parsed))
	for _, r := range parsed {
		list = append(list, guard.Rate{Limit: r.Limit, Window: r.Window})
	}
	return list
}
