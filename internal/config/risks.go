package config

import "fmt"

// Risk is something that a configuration may do and that is dangerous where it is
// not meant: the log has a line of it at the start, and doctor one at each look.
type Risk struct {
	Problem
	// Grave says that it opens accounts, or the memory, to strangers.
	Grave bool
}

// Risks lists what is open and to whom.
func (c Config) Risks() []Risk {
	var risks []Risk
	add := func(grave bool, key, format string, args ...any) {
		risks = append(risks, Risk{Problem{key, fmt.Sprintf(format, args...)}, grave})
	}
	beyond := !isLoopback(c.Host)
	outside := c.Mode != ModePro
	if outside && beyond {
		add(false, "Host", "%s is reached from other hosts in mode %s, which is for trying things out: set Mode: pro", c.Host, c.Mode)
	}
	if outside && c.Inbox.Open {
		add(beyond, "Inbox.Open", "whoever reaches %s:%d reads every code at /dev/inbox, and so signs in as anybody", c.Host, c.Port)
	}
	if c.DevServer.Enabled && !isLoopback(c.DevServer.Host) {
		if c.DevServer.Pprof {
			add(true, "DevServer.Pprof", "whoever reaches %s:%d reads the memory of the process", c.DevServer.Host, c.DevServer.Port)
		} else {
			add(false, "DevServer.Host", "whoever reaches %s:%d reads the metrics", c.DevServer.Host, c.DevServer.Port)
		}
	}
	if c.Insecure.Stores {
		add(false, "Insecure.Stores", "MySQL and Redis may be spoken to in clear: whoever listens in between reads everything")
	}
	if outside && len(c.wideProxies()) > 0 {
		add(false, "TrustedProxies", "so many networks are believed that anyone can forge a client address")
	}
	return risks
}

// wideProxies are what pro would say of TrustedProxies.
func (c Config) wideProxies() Problems {
	k := &checker{pro: true}
	k.networks("TrustedProxies", c.TrustedProxies, "", "")
	return k.Problems
}
