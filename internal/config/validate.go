package config

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Upper limits of a session's life, in seconds. In pro nobody stays signed in
// for more than 30 days, which is what NIST SP 800-63B recommends at its lowest
// level of assurance, or for more than 14 without coming back.
const (
	maxSession    = 90 * 86400
	maxSessionPro = 30 * 86400
	maxIdlePro    = 14 * 86400
)

// Validate checks every rule; the error, of type Problems, lists all that are
// broken. Secrets may be missing outside pro, see FillSecrets.
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
	c.Accounts.check(k)
	c.Otp.check(k)
	c.checkSecrets(k)
	c.Sms.check(k)
	c.checkDelivery(k)
	c.Email.check(k)
	c.RateLimit.check(k)
	c.Audit.check(k)
	c.checkProxies(k)
	c.Cors.check(k)
	c.Captcha.check(k, c.Timeout)
	k.between("Timeout", int64(c.Timeout), 1, 30, "seconds")
	k.between("IdleTimeout", int64(c.IdleTimeout), 1, 3600, "seconds")
	k.between("MaxConns", int64(c.MaxConns), 1, 1_000_000, "requests")
	if (c.CertFile == "") != (c.KeyFile == "") {
		k.add("CertFile", "must be given together with KeyFile")
	}
	k.option("Log.Level", c.Log.Level, "debug", "info", "error", "severe")
	k.option("Log.Encoding", c.Log.Encoding, "json", "plain")
	c.checkDevServer(k)
	return k.Problems
}

func (c Config) checkServer(k *checker) {
	if !serviceName.MatchString(c.Name) {
		k.add("Name", "must have 1 to 64 of A-Z a-z 0-9 . _ -, is %q", c.Name)
	}
	k.host("Host", c.Host)
	k.port("Port", c.Port)
	k.option("Mode", c.Mode, ModeDev, ModeTest, ModePro)
}

func (c Config) checkStores(k *checker) {
	c.checkDataSource(k)
	k.option("Migrate", c.Migrate, "auto", "off")
	if k.pro && len(c.CacheRedis) == 0 {
		k.add("CacheRedis", "must name a Redis in pro: the one inside the process is for a single process")
	}
	for i, node := range c.CacheRedis {
		key := element("CacheRedis", i)
		k.hostPort(key+".Host", node.Host)
		k.option(key+".Type", node.Type, RedisSingle, RedisCluster)
		first := c.CacheRedis[0]
		if len(c.CacheRedis) > 1 && node.Type == RedisSingle {
			k.add(key+".Type", "must be cluster when there is more than one host")
		}
		if node.User != first.User || node.Pass != first.Pass || node.Tls != first.Tls {
			k.add(key, "must have the User, Pass and Tls of CacheRedis[0]: a cluster is one account")
		}
	}
}

// checkDataSource tells neither the DSN nor the driver's words for what is wrong
// with it, as both may hold the password.
func (c Config) checkDataSource(k *checker) {
	const key = "DataSource"
	if c.DataSource == "" {
		k.add(key, "is missing, set it or DATA_SOURCE")
		return
	}
	if file, ok := strings.CutPrefix(c.DataSource, SQLitePrefix); ok {
		if file == "" || file[0] == ':' || strings.HasPrefix(file, "file:") || strings.ContainsAny(file, "?#\x00") {
			k.add(key, "must name a file after %q, without ? and #", SQLitePrefix)
		}
		return
	}
	dsn, err := mysql.ParseDSN(c.DataSource)
	if err != nil || dsn.DBName == "" {
		k.add(key, "must be sqlite:FILE or a MySQL DSN, USER:PASS@tcp(HOST:PORT)/DATABASE")
		return
	}
	if k.pro && (dsn.TLSConfig == "skip-verify" || dsn.TLSConfig == "preferred") {
		k.add(key, "must not have tls=%s in pro: it does not verify the server", dsn.TLSConfig)
	}
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
	k.named("Auth.Issuer", a.Issuer)
	k.named("Auth.Audience", a.Audience)
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
	k.option("Sms.Provider", s.Provider, ProviderInbox, ProviderTwilio, ProviderHTTP)
	if k.pro && s.Provider == ProviderInbox {
		k.add("Sms.Provider", "must not be inbox in pro: nothing is sent by it")
	}
	k.region("Sms.DefaultRegion", s.DefaultRegion)
	if k.pro && len(s.AllowedRegions) == 0 {
		k.add("Sms.AllowedRegions", "must name a country in pro: every one that is open is a bill somebody else can run up")
	}
	for i, region := range s.AllowedRegions {
		if region != RegionNone {
			k.region(element("Sms.AllowedRegions", i), region)
		}
	}
}

func (t Twilio) check(k *checker) {
	const path = "Sms.Twilio."
	k.credential(path+"AccountSid", t.AccountSid, "TWILIO_ACCOUNT_SID", accountSid)
	switch {
	case t.ApiKey == "" && t.ApiSecret == "" && t.AuthToken == "":
		k.add(path+"ApiKey", "is missing, set TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN")
	case t.ApiKey != "" || t.ApiSecret != "":
		k.credential(path+"ApiKey", t.ApiKey, "TWILIO_API_KEY", apiKey)
		k.credential(path+"ApiSecret", t.ApiSecret, "TWILIO_API_SECRET", notBlank)
	}
	k.baseURL(path+"BaseUrl", t.BaseUrl)
}

func (t Twilio) checkSender(k *checker) {
	const path = "Sms.Twilio."
	switch {
	case t.From == "" && t.MessagingServiceSid == "":
		k.add(path+"From", "is missing, set it or MessagingServiceSid")
	case t.From != "" && t.MessagingServiceSid != "":
		k.add(path+"MessagingServiceSid", "must be left out when From is set")
	case t.From != "" && !isSender(t.From):
		k.add(path+"From", "must be a number as +14155550100, a short code, or up to 11 letters, digits and spaces, is %q", t.From)
	case t.MessagingServiceSid != "" && !serviceSid.MatchString(t.MessagingServiceSid):
		k.add(path+"MessagingServiceSid", "must be MG and 32 hex digits, is %q", t.MessagingServiceSid)
	}
	t.checkCallback(k, path)
}

func (c Config) checkProxies(k *checker) {
	for i, cidr := range c.TrustedProxies {
		p, err := netip.ParsePrefix(cidr)
		switch key := element("TrustedProxies", i); {
		case err != nil || p.Addr().Is4In6():
			k.add(key, "must be a network as 10.0.0.0/8 or fd00::/8, is %q", cidr)
		case k.pro && p.Bits() == 0:
			k.add(key, "must not be every address in pro: anyone could forge a client address")
		}
	}
}

func (c Cors) check(k *checker) {
	for i, origin := range c.Origins {
		switch key := element("Cors.Origins", i); {
		case origin == "*" && k.pro:
			k.add(key, "must not be * in pro")
		case origin != "*" && !isOrigin(origin):
			k.add(key, "must be an exact origin as https://app.example.com or capacitor://localhost, in lower case, without path and default port, is %q", origin)
		}
	}
	for i, name := range c.Headers {
		if !headerName.MatchString(name) {
			k.add(element("Cors.Headers", i), "must be the name of a header, as X-App-Version, is %q", name)
		}
	}
}

func (c Config) checkDevServer(k *checker) {
	if !c.DevServer.Enabled {
		return
	}
	k.host("DevServer.Host", c.DevServer.Host)
	k.port("DevServer.Port", c.DevServer.Port)
	if c.DevServer.Port == c.Port && slices.Contains([]string{c.Host, "0.0.0.0", "[::]"}, c.DevServer.Host) {
		k.add("DevServer.Port", "must differ from Port")
	}
}
