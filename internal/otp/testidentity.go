package otp

import (
	"net/netip"
	"slices"
	"time"

	"user-api/internal/address"
)

type (
	// TestIdentity is an address with a fixed code. It is never sent a message, and its code
	// has no cooldown. Otherwise it is treated like any address.
	TestIdentity struct {
		Address address.Address
		Code    string
		// Ends is when it becomes an ordinary address; zero means never.
		Ends time.Time
		// Clients are the networks from which Code works; empty means any.
		Clients []netip.Prefix
	}

	// TestIdentities are the configured ones. Each address occurs once.
	TestIdentities []TestIdentity
)

// Fixed returns the code of a test identity; ok reports whether the address is one. The code
// is empty for a client outside its networks: nothing may be sent to the address for that
// client either, so no code can work.
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

// free reports whether a request skips the cooldown: it is for a fixed code, no message is
// sent, and the client may use the code. Other clients learn nothing about the address.
func (c *Challenges) free(r Request) bool {
	code, _ := c.fixed(r.Address, r.Client)
	return code != ""
}

// fixed calls Tests.Fixed with the current time.
func (c *Challenges) fixed(address address.Address, client netip.Addr) (code string, ok bool) {
	if len(c.Tests) == 0 {
		return "", false
	}
	return c.Tests.Fixed(address, client, c.Now())
}
