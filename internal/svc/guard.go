package svc

import (
	"user-api/internal/config"
	"user-api/internal/guard"
	"user-api/internal/guard/price"
	"user-api/internal/keyring"
)

// microDollars are what a budget and a price are counted in.
const microDollars = 1_000_000

// guard makes the one Guard and hands it to sign-in.
func (s *ServiceContext) guard(ring *keyring.Ring) *guard.Guard {
	overrides := s.Config.RateLimit.Overrides()
	s.Signin.Guard = guard.New(guard.Options{
		Policy: policy(s.Config.RateLimit), Redis: s.redis.Client, Ring: ring, Now: s.Now,
		Captcha: s.Signin.Captcha != nil,
		Price: func(region string) int64 {
			if own, ok := overrides[region]; ok {
				return own
			}
			return price.Of(region)
		},
	})
	return s.Signin.Guard
}

func policy(c config.RateLimit) guard.Policy {
	budget := func(dollars int) int64 { return int64(dollars) * microDollars }
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
