package otp

import (
	"net/netip"
	"slices"
	"time"

	"user-api/internal/address"
)

type (
	// TestIdentity is an address whose code is known beforehand. No message is
	// ever sent to it, and where the code works no cooldown holds up the next; all
	// else is as with any address.
	TestIdentity struct {
		Address address.Address
		Code    string
		// Ends is when it becomes an ordinary address; zero means never.
		Ends time.Time
		// Clients are the networks from which Code works; empty means any.
		Clients []netip.Prefix
	}

	// TestIdentities are those of a configuration, each address once.
	TestIdentities []TestIdentity
)

// Fixed reports whether the address is a test identity, and if so its code. The
// code is empty for a client elsewhere: nothing may be sent to the address from
// there either, so no code can work.
func (t TestIdentities) Fixed(address address.Address, client netip.Addr, now time.Time) (code string, ok bool) {
	for _, one := range t {
		if !one.Address.Same(address) || !one.Ends.IsZero() && !now.Before(one.Ends) {
			continue
		}
		contains := func(p netip.Prefix) bool { return p.Contains(client) }
		if len(one.Clients) > 0 && !slices.ContainsFunc(one.Clients, contains) {
			return "", true
		}
		return one.Code, true
	}
	return "", false
}

// free reports whether a request need not wait for a cooldown: one for a code that
// is known, and so for no message, by who may use it. Whoever else asks learns
// nothing of the address.
func (c *Challenges) free(r Request) bool {
	code, _ := c.fixed(r.Address, r.Client)
	return code != ""
}

// fixed is Tests.Fixed of now.
func (c *Challenges) fixed(address address.Address, client netip.Addr) (code string, ok bool) {
	if len(c.Tests) == 0 {
		return "", false
	}
	return c.Tests.Fixed(address, client, c.Now())
}
