package config

import (
	"slices"
)

// Upper limits of a session's lifetime, in seconds. In pro a session lasts at most 30 days,
// as NIST SP 800-63B recommends for its lowest assurance level, and at most 14 days without
// use.
const (
	maxSession    = 90 * 86400
	maxSessionPro = 30 * 86400
	maxIdlePro    = 14 * 86400
)

// Validate checks all rules; the error, of type Problems, lists all violations. Secrets may
// be missing outside pro, see FillSecrets.
func (c Config) Validate() error {
	if problems := c.problems(); len(problems) > 0 {
		return problems
	}
	return nil
}

func (c Config) problems() Problems {
	k := &checker{pro: c.Mode == ModePro}
	c.checkServer(k)
	c.checkStores(k)
	c.Auth.check(k)
	c.Otp.check(k)
	c.checkSecrets(k)
	c.checkPhoneProvider(k)
	c.Sms.check(k)
	c.checkDelivery(k)
	c.checkOptions(k)
	c.checkTemplates(k)
	c.Email.check(k)
	c.RateLimit.check(k)
	c.Accounts.check(k, c.Captcha.Provider != ProviderOff)
	c.Reset.check(k)
	c.Mfa.check(k)
	c.Audit.check(k)
	c.Stats.check(k)
	c.Notices.check(k)
	c.checkBlobs(k)
	c.checkPasskeys(k)
	c.checkWebhooks(k)
	c.checkSocial(k)
	k.networks("TrustedProxies", c.TrustedProxies, "10.0.0.0/8 or fd00::/8", "anyone could forge a client address")
	c.Cors.check(k)
	c.Captcha.check(k, c.Timeout)
	c.Web.check(k)
	c.Passwords.Breached.check(k, c.Timeout)
	k.between("Timeout", int64(c.Timeout), 1, 30, "seconds")
	k.between("IdleTimeout", int64(c.IdleTimeout), 1, 3600, "seconds")
	k.between("Drain", int64(c.Drain), 0, 60, "seconds")
	k.between("MaxConns", int64(c.MaxConns), 1, 1_000_000, "requests")
	if (c.CertFile == "") != (c.KeyFile == "") {
		k.add("CertFile", "must be given together with KeyFile")
	}
	k.option("Log.Level", c.Log.Level, "debug", "info", "error", "severe")
	k.option("Log.Encoding", c.Log.Encoding, "json", "plain")
	c.checkDevServer(k)
	c.Telemetry.check(k)
	if k.pro && c.Inbox.Open {
		k.add("Inbox.Open", "must be left out in pro: there is no inbox")
	}
	// A value with white space around it is not also reported for its format.
	problems := c.checkEnds()
	problems.join(k.Problems)
	return problems
}

func (c Config) checkServer(k *checker) {
	if !serviceName.MatchString(c.Name) {
		k.add("Name", "must have 1 to 64 of A-Z a-z 0-9 . _ -, is %q", c.Name)
	}
	k.host("Host", c.Host)
	k.port("Port", c.Port)
	k.option("Mode", c.Mode, ModeDev, ModeTest, ModePro)
}

func (a Auth) check(k *checker) {
	access := k.between("Auth.AccessExpire", int64(a.AccessExpire), 60, 3600, "seconds")
	idle := k.between("Auth.RefreshExpire", int64(a.RefreshExpire), 60, k.inPro(maxIdlePro, maxSession), "seconds")
	if access && idle && a.RefreshExpire < a.AccessExpire {
		k.add("Auth.RefreshExpire", "must be at least AccessExpire, %d seconds, is %d", a.AccessExpire, a.RefreshExpire)
	}
	k.between("Auth.RefreshGrace", int64(a.RefreshGrace), 0, 10, "seconds")
	session := k.between("Auth.SessionExpire", int64(a.SessionExpire), 60, k.inPro(maxSessionPro, maxSession), "seconds")
	if idle && session && a.SessionExpire < a.RefreshExpire {
		k.add("Auth.SessionExpire", "must be at least RefreshExpire, %d seconds, is %d", a.RefreshExpire, a.SessionExpire)
	}
	a.checkSigning(k)
	k.named("Auth.Audience", a.Audience)
	a.Claims.check(k)
}

func (o Otp) check(k *checker) {
	k.between("Otp.Length", int64(o.Length), k.inPro(6, 4), 10, "digits")
	k.between("Otp.Expire", int64(o.Expire), 30, 600, "seconds")
	k.between("Otp.Attempts", int64(o.Attempts), 1, 5, "tries")
	k.between("Otp.Cooldown", int64(o.Cooldown), k.inPro(30, 1), 600, "seconds")
	o.checkMessage(k)
	o.checkTestIdentities(k)
}

func (s Sms) check(k *checker) {
	k.region("Sms.DefaultRegion", s.DefaultRegion)
	if k.pro && len(s.AllowedRegions) == 0 {
		k.add("Sms.AllowedRegions", "must name a country in pro: attackers can cause costs in every open country")
	}
	for i, region := range s.AllowedRegions {
		if region != RegionNone {
			k.region(element("Sms.AllowedRegions", i), region)
		}
	}
}

func (c Cors) check(k *checker) {
	for i, origin := range c.Origins {
		switch key := element("Cors.Origins", i); {
		case origin == "*" && k.pro:
			k.add(key, "must not be * in pro")
		case origin != "*" && !isOrigin(origin):
			k.add(key, "must be an exact origin such as https://app.example.com or capacitor://localhost, in lower case, without path and default port, is %q", origin)
		}
	}
	for i, name := range c.Headers {
		if !headerName.MatchString(name) {
			k.add(element("Cors.Headers", i), "must be a header name such as X-App-Version, is %q", name)
		}
	}
}

func (c Config) checkDevServer(k *checker) {
	if !c.DevServer.Enabled {
		return
	}
	k.host("DevServer.Host", c.DevServer.Host)
	k.port("DevServer.Port", c.DevServer.Port)
	if k.pro && c.DevServer.Pprof && !isLoopback(c.DevServer.Host) {
		k.add("DevServer.Pprof", "must not be true in pro while DevServer.Host is not loopback: it exposes the process memory")
	}
	if c.DevServer.Port == c.Port && slices.Contains([]string{c.Host, "0.0.0.0", "[::]"}, c.DevServer.Host) {
		k.add("DevServer.Port", "must differ from Port")
	}
}
