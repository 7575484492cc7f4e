package svc

import (
	"fmt"
	"slices"
	"time"

	"user-api/internal/address"
	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/otp"
	"user-api/internal/password/breached"
	"user-api/internal/store"
)

// NewCaptcha returns the client of the configured captcha provider, or nil if captchas are
// off.
func NewCaptcha(c config.Captcha) (*captcha.Verifier, error) {
	if c.Provider == config.ProviderOff {
		return nil, nil
	}
	return captcha.New(captcha.Options{
		Provider: c.Provider, SiteKey: c.SiteKey, Secret: c.Secret, URL: c.VerifyUrl, Timeout: c.Timeout.Duration(),
		AllowOnFailure: c.OnFailure == config.OnFailureAllow, Hostnames: c.Hostnames,
		Action: captcha.Binding(c.Action), MinScore: float64(c.MinScore) / 100,
	})
}

// NewBreached returns the client of the configured list of breached passwords, or nil if it
// is disabled.
func NewBreached(c config.Breached, now func() time.Time) *breached.Checker {
	if !c.Enabled {
		return nil
	}
	return breached.New(breached.Options{
		URL: c.Url, Timeout: c.Timeout.Duration(), Allow: c.OnError == config.OnFailureAllow, Now: now,
	})
}

// DBOptions returns the options of the configured database.
func DBOptions(c config.Config) store.DBOptions {
	return store.DBOptions{DataSource: c.DataSource, Limits: store.DBLimits{
		MaxConns: c.Database.MaxConns, ConnLifetime: c.Database.ConnLifetime.Duration(),
		DialTimeout: c.Database.DialTimeout.Duration(), ReadTimeout: c.Database.EffectiveReadTimeout(c.Timeout),
	}}
}

// RedisOptions returns the options of the configured Redis.
func RedisOptions(c config.Config) store.RedisOptions {
	return store.RedisOptions{Nodes: redisNodes(c), Limits: store.RedisLimits{
		PoolSize: c.Redis.PoolSize, IdleTime: c.Redis.IdleTime.Duration(),
		DialTimeout: c.Redis.DialTimeout.Duration(), ReadTimeout: c.Redis.ReadTimeout.Duration(),
	}}
}

func redisNodes(c config.Config) []store.RedisNode {
	nodes := make([]store.RedisNode, 0, len(c.CacheRedis))
	for _, n := range c.CacheRedis {
		nodes = append(nodes, store.RedisNode{Host: n.Host, Type: n.Type, User: n.User, Pass: n.Pass, TLS: n.Tls})
	}
	return nodes
}

// reserved returns the usernames that nobody may take.
func reserved(c config.Accounts) address.Reserved {
	names, at := c.ReservedNames, slices.Index(c.ReservedNames, config.ReservedDefault)
	switch {
	case len(names) == 0:
		names = address.DefaultReserved
	case at >= 0:
		names = slices.Concat(names[:at], address.DefaultReserved, names[at+1:])
	case names[0] == config.ReservedOff:
		names = nil
	}
	return address.NewReserved(names)
}

func numbers(c config.Sms) address.Policy {
	return address.Policy{Regions: c.AllowedRegions, VoIP: c.AllowVoip}
}

// codeDigits returns the length of codes by kind of address.
func codeDigits(c config.Otp) map[address.Kind]int {
	return map[address.Kind]int{address.KindPhone: c.Length, address.KindEmail: max(emailDigits, c.Length)}
}

// testIdentities parses the addresses as in a request: an address that a request cannot
// name would make a test that never runs.
func testIdentities(c config.Config) (otp.TestIdentities, error) {
	tests := make(otp.TestIdentities, 0, len(c.Otp.TestIdentities))
	for i, t := range c.Otp.TestIdentities {
		address, err := address.Parse(t.To, "")
		if err == nil {
			err = numbers(c.Sms).Admit(address)
		}
		if err != nil {
			return nil, fmt.Errorf("config: Otp.TestIdentities[%d].To: no code can be asked for it: %w", i, err)
		}
		tests = append(tests, otp.TestIdentity{Address: address, Code: t.Code, Ends: t.Ends(), Clients: t.Networks()})
	}
	return tests, nil
}
