package config

import "fmt"

// Risk is a setting that is allowed but dangerous if unintended. The start logs it, and
// doctor reports it.
type Risk struct {
	Problem
	// Grave means that it exposes accounts or memory to strangers.
	Grave bool
}

// Risks returns the risks of the configuration.
func (c Config) Risks() []Risk {
	var risks []Risk
	add := func(grave bool, key, format string, args ...any) {
		risks = append(risks, Risk{Problem{key, fmt.Sprintf(format, args...)}, grave})
	}
	beyond := !isLoopback(c.Host)
	outside := c.Mode != ModePro
	if outside && beyond {
		add(false, "Host", "%s is reachable from other hosts in mode %s, which is for development: set Mode: pro", c.Host, c.Mode)
	}
	if outside && c.Inbox.Open {
		add(beyond, "Inbox.Open", "anyone who can reach %s:%d can read every code at /dev/inbox and sign in as any user", c.Host, c.Port)
	}
	if c.DevServer.Enabled && !isLoopback(c.DevServer.Host) {
		if c.DevServer.Pprof {
			add(true, "DevServer.Pprof", "anyone who can reach %s:%d can read the memory of the process", c.DevServer.Host, c.DevServer.Port)
		} else {
			add(false, "DevServer.Host", "anyone who can reach %s:%d can read the metrics", c.DevServer.Host, c.DevServer.Port)
		}
	}
	if c.Insecure.Stores {
		add(false, "Insecure.Stores", "connections to MySQL and Redis may be unencrypted: anyone on the network path can read everything")
	}
	if outside && len(c.wideProxies()) > 0 {
		add(false, "TrustedProxies", "the list covers so many networks that anyone can forge a client address")
	}
	return risks
}

// wideProxies returns the problems that TrustedProxies would have in pro.
func (c Config) wideProxies() Problems {
	k := &checker{pro: true}
	k.networks("TrustedProxies", c.TrustedProxies, "", "")
	return k.Problems
}
