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

// NewCaptcha returns what asks the configured provider, or nil where none is.
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

// NewBreached returns what asks the configured list of breached passwords, or nil where
// none is asked.
func NewBreached(c config.Breached, now func() time.Time) *breached.Checker {
	if !c.Enabled {
		return nil
	}
	return breached.New(breached.Options{
		URL: c.Url, Timeout: c.Timeout.Duration(), Allow: c.OnError == config.OnFailureAllow, Now: now,
	})
}

// DBOptions are the configured database as store takes it.
func DBOptions(c config.Config) store.DBOptions {
	return store.DBOptions{DataSource: c.DataSource, Limits: store.DBLimits{
		MaxConns: c.Database.MaxConns, ConnLifetime: c.Database.ConnLifetime.Duration(),
		DialTimeout: c.Database.DialTimeout.Duration(), ReadTimeout: c.Database.Patience(c.Timeout),
	}}
}

// RedisOptions are the configured Redis as store takes it.
func RedisOptions(c config.Config) store.RedisOptions {
	return store.RedisOptions{Nodes: redisNodes(c), Limits: store.RedisLimits{
		PoolSize: c.Redis.PoolSize, IdleTime: c.Redis.IdleTime.Duration(),
		DialTimeout: c.Redis.DialTimeout.Duration(), ReadTimeout: c.Redis.ReadTimeout.Duration(),
	}}
}

// redisNodes are the configured nodes as store takes them.
func redisNodes(c config.Config) []store.RedisNode {
	nodes := make([]store.RedisNode, 0, len(c.CacheRedis))
	for _, n := range c.CacheRedis {
		nodes = append(nodes, store.RedisNode{Host: n.Host, Type: n.Type, User: n.User, Pass: n.Pass, TLS: n.Tls})
	}
	return nodes
}

// reserved are the usernames that nobody may take.
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

// codeDigits are how long codes are.
func codeDigits(c config.Otp) map[address.Kind]int {
	return map[address.Kind]int{address.KindPhone: c.Length, address.KindEmail: max(emailDigits, c.Length)}
}

// testIdentities reads the addresses as a request's are read: one that a request
// cannot name would be a test that never runs.
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
