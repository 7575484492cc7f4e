package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

// good returns a valid configuration of the mode.
func good(t *testing.T, mode string) config.Config {
	t.Helper()
	c, err := config.Parse([]byte(`
Mode: `+mode+`
CacheRedis: [{Host: "redis:6379", Tls: true}]
Sms:
  Provider: twilio
  AllowedRegions: [IN]
  Channels: [sms, whatsapp, voice]
  Twilio: {From: "+15005550006"}
  WhatsApp: {ContentSid: HX0123456789abcdef0123456789abcdef, From: "+15005550006"}
  Voice: {From: "+15005550006"}
  Http: {Url: "https://sms.example.com/send"}
Delivery: {Routes: [{Countries: [NP], Via: [http, "twilio:+15005550006"]}], Templates: [{Id: t}]}
Webhooks: [{Name: orders, Url: "https://orders.example.com/hooks", Secret: whsec_q3Zt8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc}]
Social: {Providers: [{Name: google, Kind: oidc, Issuer: "https://accounts.google.com", ClientId: x}]}
Email: {Provider: "off"}`), env(proEnv))
	if err != nil {
		t.Fatalf("the configuration to begin with is refused:\n%v", err)
	}
	return c
}

// notURL is the problem of an issuer that is not a URL.
func notURL(signing, issuer string) string {
	return fmt.Sprintf("Auth.Issuer: must be the URL of the service while Signing is %s, such as https://id.example.com, without query, fragment and trailing slash (http only on loopback), because clients find the keys below it; put the previous name into PrevIssuer, is %q", signing, issuer)
}

// Every row breaks one rule, or none if want is empty. Ranges and options are tested by the
// table of docs/configuration.md.
func TestValidate(t *testing.T) {
	const origin = "Cors.Origins[0]: must be an exact origin such as https://app.example.com or capacitor://localhost, in lower case, without path and default port, is "
	random := proEnv["ACCESS_SECRET"]
	type conf = config.Config
	smtp := func(c *conf) {
		c.Email.Provider = "smtp"
		c.Email.Smtp.Host, c.Email.Smtp.From = "smtp.example.com", "Acme <no-reply@example.com>"
		c.Email.Smtp.Username, c.Email.Smtp.Password = "acme", "kQ4smtppw"
	}
	tests := []struct {
		name   string
		mode   string
		change func(c *conf)
		want   string
	}{
		{"pro passes", "pro", func(c *conf) {}, ""},
		{"dev passes", "dev", func(c *conf) {}, ""},
		{"name with a space", "dev", func(c *conf) { c.Name = "user api" }, `Name: must have 1 to 64 of A-Z a-z 0-9 . _ -, is "user api"`},
		{"empty host", "dev", func(c *conf) { c.Host = "" }, `Host: must be a host name or an IP address, IPv6 in brackets, is ""`},
		{"IPv6 without brackets", "dev", func(c *conf) { c.Host = "::1" }, `Host: must be a host name or an IP address, IPv6 in brackets, is "::1"`},
		{"IPv6 in brackets", "dev", func(c *conf) { c.Host = "[::1]" }, ""},
		{"IPv4 in brackets", "dev", func(c *conf) { c.Host = "[127.0.0.1]" }, `Host: must be a host name or an IP address, IPv6 in brackets, is "[127.0.0.1]"`},
		{"IPv6 half in brackets", "dev", func(c *conf) { c.Host = "[::1" }, `Host: must be a host name or an IP address, IPv6 in brackets, is "[::1"`},
		{"no data source", "dev", func(c *conf) { c.DataSource = "" }, "DataSource: is missing, set it or DATA_SOURCE"},
		{"SQLite in memory", "dev", func(c *conf) { c.DataSource = "sqlite::memory:" }, `DataSource: must name a file after "sqlite:", without ? and #`},
		{"SQLite with options", "dev", func(c *conf) { c.DataSource = "sqlite:a.db?mode=ro" }, `DataSource: must name a file after "sqlite:", without ? and #`},
		{"SQLite in pro", "pro", func(c *conf) { c.DataSource = "sqlite:a.db" }, ""},
		{"DSN without database", "dev", func(c *conf) { c.DataSource = "u:p@tcp(h:1)/" }, "DataSource: must be sqlite:FILE or a MySQL DSN, USER:PASS@tcp(HOST:PORT)/DATABASE, with known parameters (of tls: true, false, preferred, skip-verify)"},
		{"DSN of another database", "dev", func(c *conf) { c.DataSource = "postgres://u:p@h/d" }, "DataSource: must be sqlite:FILE or a MySQL DSN, USER:PASS@tcp(HOST:PORT)/DATABASE, with known parameters (of tls: true, false, preferred, skip-verify)"},
		{"embedded Redis in pro", "pro", func(c *conf) { c.CacheRedis = nil }, "CacheRedis: must name a Redis in pro, or SingleNode must be true: the embedded Redis serves only one process"},
		{"Redis without port", "dev", func(c *conf) { c.CacheRedis[0].Host = "redis" }, `CacheRedis[0].Host: must be HOST:PORT, is "redis"`},
		{"Redis with port 0", "dev", func(c *conf) { c.CacheRedis[0].Host = "redis:0" }, `CacheRedis[0].Host: must be HOST:PORT, is "redis:0"`},
		{"Redis of unknown type", "dev", func(c *conf) { c.CacheRedis[0].Type = "sentinel" }, `CacheRedis[0].Type: must be node or cluster, is "sentinel"`},
		{"two single Redis", "dev", func(c *conf) {
			c.CacheRedis = []config.RedisNode{{Host: "a:1", Type: "cluster"}, {Host: "b:1", Type: "node"}}
		}, "CacheRedis[1].Type: must be cluster when there is more than one host"},
		{"two accounts of one cluster", "dev", func(c *conf) {
			c.CacheRedis = []config.RedisNode{{Host: "a:1", Type: "cluster"}, {Host: "b:1", Type: "cluster", Pass: "x"}}
		}, "CacheRedis[1]: must have the User, Pass and Tls of CacheRedis[0]: a cluster has one account"},

		{"two users of one cluster", "dev", func(c *conf) {
			c.CacheRedis = []config.RedisNode{{Host: "a:1", Type: "cluster"}, {Host: "b:1", Type: "cluster", User: "x"}}
		}, "CacheRedis[1]: must have the User, Pass and Tls of CacheRedis[0]: a cluster has one account"},

		{"one slip in a life is one problem", "pro", func(c *conf) { c.Auth.RefreshExpire = 9999999 }, "Auth.RefreshExpire: must be between 60 and 1209600 seconds, is 9999999"},
		{"one slip in the first life is one problem", "dev", func(c *conf) { c.Auth.AccessExpire = 9999999 }, "Auth.AccessExpire: must be between 60 and 3600 seconds, is 9999999"},
		{"refresh shorter than access", "dev", func(c *conf) { c.Auth.RefreshExpire = 899 }, "Auth.RefreshExpire: must be at least AccessExpire, 900 seconds, is 899"},
		{"session shorter than refresh", "dev", func(c *conf) { c.Auth.SessionExpire = 604799 }, "Auth.SessionExpire: must be at least RefreshExpire, 604800 seconds, is 604799"},
		{"equal lives", "dev", func(c *conf) { c.Auth.RefreshExpire, c.Auth.SessionExpire = 900, 900 }, ""},
		{"no grace", "pro", func(c *conf) { c.Auth.RefreshGrace = 0 }, ""},
		{"no issuer", "dev", func(c *conf) { c.Auth.Issuer = "" }, "Auth.Issuer: must have 1 to 255 characters, has 0"},

		{"by keys", "pro", func(c *conf) {
			c.Auth.Signing, c.Auth.Issuer, c.Auth.AccessSecret = "ES256", "https://id.example.com", ""
		}, ""},
		{"by keys, below a path", "pro", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "EdDSA", "https://example.com/id" }, ""},
		{"by keys on loopback", "dev", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "ES256", "http://127.0.0.1:8888" }, ""},
		{"by keys in clear", "pro", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "ES256", "http://127.0.0.1:8888" }, `Auth.Issuer: must be https in pro, is "http://127.0.0.1:8888"`},
		{"by keys of a name", "dev", func(c *conf) { c.Auth.Signing = "ES256" }, notURL("ES256", "user-api")},
		{"an issuer in clear", "dev", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "ES256", "http://id.example.com" }, notURL("ES256", "http://id.example.com")},
		{"an issuer with a slash", "dev", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "ES256", "https://id.example.com/" }, notURL("ES256", "https://id.example.com/")},
		{"an issuer with a query", "dev", func(c *conf) { c.Auth.Signing, c.Auth.Issuer = "EdDSA", "https://id.example.com?a" }, notURL("EdDSA", "https://id.example.com?a")},
		{"a secret with an address", "pro", func(c *conf) { c.Auth.Issuer = "https://id.example.com" }, ""},
		{"another algorithm", "dev", func(c *conf) { c.Auth.Signing = "RS256" }, `Auth.Signing: must be HS256, ES256 or EdDSA, is "RS256"`},
		{"the issuer twice", "dev", func(c *conf) { c.Auth.PrevIssuer = c.Auth.Issuer }, "Auth.PrevIssuer: must differ from Issuer"},
		{"a day's key in pro", "pro", func(c *conf) { c.Auth.KeyLife, c.Auth.KeyLead = 86400, 600 }, ""},
		{"a short key in pro", "pro", func(c *conf) { c.Auth.KeyLife = 86399 }, "Auth.KeyLife: must be between 86400 and 34560000 seconds, is 86399"},
		{"a short lead in pro", "pro", func(c *conf) { c.Auth.KeyLead = 599 }, "Auth.KeyLead: must be between 600 and 604800 seconds, is 599"},
		{"a short key", "dev", func(c *conf) { c.Auth.KeyLife, c.Auth.KeyLead = 30, 10 }, ""},
		{"a lead as long as the life", "dev", func(c *conf) { c.Auth.KeyLife = 7199 }, "Auth.KeyLead: must be at most half of KeyLife, 7199 seconds, is 3600"},
		{"an old secret alone", "pro", func(c *conf) {
			c.Auth.Signing, c.Auth.Issuer, c.Auth.AccessSecret, c.Auth.PrevAccessSecret = "ES256", "https://id.example.com", "", random+"old"
		}, "Auth.PrevAccessSecret: must be left out without AccessSecret, or be it: nothing verifies by it"},

		{"missing secret in pro", "pro", func(c *conf) { c.Auth.AccessSecret = "" }, "Auth.AccessSecret: is missing, set ACCESS_SECRET"},
		{"missing secret in test", "test", func(c *conf) { c.Auth.AccessSecret = "" }, ""},
		{"short secret", "dev", func(c *conf) { c.Otp.Pepper = proEnv["OTP_PEPPER"][1:] }, "Otp.Pepper: must have at least 32 bytes, has 31"},
		{"equal secrets", "dev", func(c *conf) { c.Auth.RefreshSecret = random }, "Auth.RefreshSecret: must differ from Auth.AccessSecret"},
		{"old secret equal to the new", "dev", func(c *conf) { c.Auth.PrevAccessSecret = random }, "Auth.PrevAccessSecret: must differ from Auth.AccessSecret"},
		{"old pepper equal to the new", "dev", func(c *conf) { c.Otp.PrevPepper = c.Otp.Pepper }, "Otp.PrevPepper: must differ from Otp.Pepper"},
		{"pseudonyms of the pepper", "pro", func(c *conf) { c.Privacy.PseudonymKey = c.Otp.Pepper }, "Privacy.PseudonymKey: must differ from Otp.Pepper"},
		{"pseudonyms of the old pepper", "pro", func(c *conf) { c.Otp.PrevPepper, c.Privacy.PseudonymKey = random+"old", random+"old" }, ""},
		{"pseudonyms had been of the pepper", "pro", func(c *conf) { c.Privacy.PseudonymKey, c.Privacy.PrevPseudonymKey = random+"new", c.Otp.Pepper }, ""},
		{"pseudonyms of a secret of tokens", "dev", func(c *conf) { c.Privacy.PseudonymKey = random }, "Privacy.PseudonymKey: must differ from Auth.AccessSecret"},
		{"short secret of pseudonyms", "dev", func(c *conf) { c.Privacy.PseudonymKey = "short" }, "Privacy.PseudonymKey: must have at least 32 bytes, has 5"},
		{"sample secret", "pro", func(c *conf) { c.Auth.AccessSecret = "ChangeMe-" + random }, "Auth.AccessSecret: must be random, looks like a sample: try openssl rand -base64 32"},
		{"sample as old secret", "pro", func(c *conf) { c.Auth.PrevRefreshSecret = strings.Repeat("x", 40) }, "Auth.PrevRefreshSecret: must be random, looks like a sample: try openssl rand -base64 32"},
		{"repeated secret", "pro", func(c *conf) { c.Otp.Pepper = strings.Repeat(random[:11], 3) }, "Otp.Pepper: must be random, looks like a sample: try openssl rand -base64 32"},
		{"few bytes", "pro", func(c *conf) { c.Otp.Pepper = "0110100110010110100101100110100112" }, "Otp.Pepper: must be random, looks like a sample: try openssl rand -base64 32"},
		{"sample in dev", "dev", func(c *conf) { c.Otp.Pepper = strings.Repeat("x", 40) }, ""},

		{"reserved names", "pro", func(c *conf) { c.Accounts.ReservedNames = []string{"+default", "Acme.Bank"} }, ""},
		{"no reserved names", "pro", func(c *conf) { c.Accounts.ReservedNames = []string{"off"} }, ""},
		{"off beside a name", "dev", func(c *conf) { c.Accounts.ReservedNames = []string{"acme", "off"} }, "Accounts.ReservedNames[1]: must be alone: off reserves nothing"},
		{"a reserved name that is none", "dev", func(c *conf) { c.Accounts.ReservedNames = []string{"acme bank"} }, `Accounts.ReservedNames[0]: must have 1 to 64 of a-z 0-9 . _ -, or be +default or off, is "acme bank"`},
		{"a reserved name twice", "dev", func(c *conf) { c.Accounts.ReservedNames = []string{"a", "b", "a"} }, "Accounts.ReservedNames[2]: is given twice"},
		{"headers", "pro", func(c *conf) { c.Cors.Headers = []string{"X-App-Version", "sentry-trace"} }, ""},
		{"every header", "dev", func(c *conf) { c.Cors.Headers = []string{"X-A", "*"} }, `Cors.Headers[1]: must be a header name such as X-App-Version, is "*"`},
		{"no header", "dev", func(c *conf) { c.Cors.Headers = []string{"X-A: b"} }, `Cors.Headers[0]: must be a header name such as X-App-Version, is "X-A: b"`},
		{"the origin of an app", "pro", func(c *conf) {
			c.Cors.Origins = []string{"capacitor://localhost", "ionic://localhost", "app://localhost"}
		}, ""},
		{"the origin of an app with a path", "dev", func(c *conf) { c.Cors.Origins = []string{"capacitor://localhost/"} }, origin + `"capacitor://localhost/"`},
		{"a script", "dev", func(c *conf) { c.Cors.Origins = []string{"javascript://localhost"} }, origin + `"javascript://localhost"`},
		{"a file", "dev", func(c *conf) { c.Cors.Origins = []string{"file://localhost"} }, origin + `"file://localhost"`},

		{"unknown region", "dev", func(c *conf) { c.Sms.DefaultRegion = "XX" }, `Sms.DefaultRegion: must be an ISO 3166 country of two capital letters, is "XX"`},
		{"region in small letters", "dev", func(c *conf) { c.Sms.AllowedRegions = []string{"IN", "us"} }, `Sms.AllowedRegions[1]: must be an ISO 3166 country of two capital letters, is "us"`},
		{"no region in pro", "pro", func(c *conf) { c.Sms.AllowedRegions = nil }, "Sms.AllowedRegions: must name a country in pro: attackers can cause costs in every open country"},
		{"no region in dev", "dev", func(c *conf) { c.Sms.AllowedRegions = nil }, ""},
		{"the numbers of no country", "pro", func(c *conf) { c.Sms.AllowedRegions = []string{"IN", "001"} }, ""},
		{"no country as the default", "dev", func(c *conf) { c.Sms.DefaultRegion = "001" }, `Sms.DefaultRegion: must be an ISO 3166 country of two capital letters, is "001"`},
		{"inbox in pro", "pro", func(c *conf) { c.Sms.Provider = "inbox" }, "Sms.Provider: must not be inbox in pro: it sends nothing"},
		{"Twilio unused", "dev", func(c *conf) {
			c.Sms, c.Delivery.Routes = config.Sms{Provider: "inbox", DefaultRegion: "IN"}, nil
		}, ""},
		{"no account", "pro", func(c *conf) { c.Sms.Twilio.AccountSid = "" }, "Sms.Twilio.AccountSid: is missing, set TWILIO_ACCOUNT_SID"},
		{"account of another shape", "dev", func(c *conf) { c.Sms.Twilio.AccountSid = "AC12" }, "Sms.Twilio.AccountSid: must be AC and 32 hex digits"},
		{"no way to sign in", "dev", func(c *conf) { c.Sms.Twilio.ApiKey, c.Sms.Twilio.ApiSecret = "", "" }, "Sms.Twilio.ApiKey: is missing, set TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN"},
		{"token in place of key", "pro", func(c *conf) {
			c.Sms.Twilio.ApiKey, c.Sms.Twilio.ApiSecret, c.Sms.Twilio.AuthToken = "", "", "t"
		}, ""},
		{"key without secret", "dev", func(c *conf) { c.Sms.Twilio.ApiSecret = "" }, "Sms.Twilio.ApiSecret: is missing, set TWILIO_API_SECRET"},
		{"secret without key", "dev", func(c *conf) { c.Sms.Twilio.ApiKey = "" }, "Sms.Twilio.ApiKey: is missing, set TWILIO_API_KEY"},
		{"key of another shape", "dev", func(c *conf) { c.Sms.Twilio.ApiKey = "hunter2" }, "Sms.Twilio.ApiKey: must be SK and 32 hex digits"},
		{"no sender", "dev", func(c *conf) { c.Sms.Twilio.From = "" }, "Sms.Twilio.From: is missing, set it or MessagingServiceSid"},
		{"two senders", "dev", func(c *conf) { c.Sms.Twilio.MessagingServiceSid = "MG" }, "Sms.Twilio.MessagingServiceSid: must be left out when From is set"},
		{"sender by name", "dev", func(c *conf) { c.Sms.Twilio.From = "My Brand 1" }, ""},
		{"sender by a name of every sign that Twilio takes", "dev", func(c *conf) { c.Sms.Twilio.From = "A-1_b&c+ d" }, ""},
		{"sender by a name with another sign", "dev", func(c *conf) { c.Sms.Twilio.From = "Acme!" }, `Sms.Twilio.From: must be a number such as +14155550100, a short code, or a name of up to 11 of A-Z a-z 0-9 space + - _ & with a letter in it, is "Acme!"`},
		{"a route's sender by a name with a sign", "dev", func(c *conf) { c.Delivery.Routes[0].Via[1] = "twilio:R&D-Acme" }, ""},
		{"sender by short code", "dev", func(c *conf) { c.Sms.Twilio.From = "55555" }, ""},
		{"number without plus", "dev", func(c *conf) { c.Sms.Twilio.From = "15005550006" }, `Sms.Twilio.From: must be a number such as +14155550100, a short code, or a name of up to 11 of A-Z a-z 0-9 space + - _ & with a letter in it, is "15005550006"`},
		{"long name", "dev", func(c *conf) { c.Sms.Twilio.From = "My Brand 123" }, `Sms.Twilio.From: must be a number such as +14155550100, a short code, or a name of up to 11 of A-Z a-z 0-9 space + - _ & with a letter in it, is "My Brand 123"`},
		{"messaging service", "dev", func(c *conf) {
			c.Sms.Twilio.From, c.Sms.Twilio.MessagingServiceSid = "", "MG0123456789abcdef0123456789abcdef"
		}, ""},
		{"messaging service of another shape", "dev", func(c *conf) { c.Sms.Twilio.From, c.Sms.Twilio.MessagingServiceSid = "", "MG1" }, `Sms.Twilio.MessagingServiceSid: must be MG and 32 hex digits, is "MG1"`},
		{"API by http in pro", "pro", func(c *conf) { c.Sms.Twilio.BaseUrl = "http://sms.internal" }, `Sms.Twilio.BaseUrl: must be https (http only to loopback, or outside pro), is "http://sms.internal"`},
		{"API by http on loopback in pro", "pro", func(c *conf) { c.Sms.Twilio.BaseUrl = "http://[::1]:8080/twilio" }, ""},
		{"API by http in dev", "dev", func(c *conf) { c.Sms.Twilio.BaseUrl = "http://sms.internal" }, ""},
		{"API by ftp in dev", "dev", func(c *conf) { c.Sms.Twilio.BaseUrl = "ftp://sms.internal" }, `Sms.Twilio.BaseUrl: must be https (http only to loopback, or outside pro), is "ftp://sms.internal"`},
		{"a callback", "pro", func(c *conf) {
			c.Sms.Twilio.StatusCallbackUrl, c.Sms.Twilio.AuthToken = "https://auth.example.com/webhook/twilio/status", "t0ken"
		}, ""},
		{"a callback without the token", "dev", func(c *conf) {
			c.Sms.Twilio.StatusCallbackUrl, c.Sms.Twilio.AuthToken = "https://auth.example.com/webhook/twilio/status", ""
		}, "Sms.Twilio.AuthToken: is missing, set TWILIO_AUTH_TOKEN: StatusCallbackUrl is signed with it"},
		{"a callback by http in pro", "pro", func(c *conf) {
			c.Sms.Twilio.StatusCallbackUrl, c.Sms.Twilio.AuthToken = "http://auth.example.com/status", "t0ken"
		}, `Sms.Twilio.StatusCallbackUrl: must be https (http only to loopback, or outside pro), is "http://auth.example.com/status"`},
		{"a callback with a query", "dev", func(c *conf) {
			c.Sms.Twilio.StatusCallbackUrl, c.Sms.Twilio.AuthToken = "https://auth.example.com/status?", "t0ken"
		}, "Sms.Twilio.StatusCallbackUrl: must look like https://auth.example.com/webhook/twilio/status, without user, query and fragment"},
		{"API with a password", "dev", func(c *conf) { c.Sms.Twilio.BaseUrl = "https://u:hunter2@h" }, "Sms.Twilio.BaseUrl: must look like https://api.twilio.com, without user, query and fragment"},
		{"mail inbox in pro", "pro", func(c *conf) { c.Email.Provider = "inbox" }, "Email.Provider: must not be inbox in pro: it sends nothing"},

		{"SMTP", "pro", smtp, ""},
		{"SMTP without host", "dev", func(c *conf) { smtp(c); c.Email.Smtp.Host = "" }, "Email.Smtp.Host: is missing"},
		{"SMTP with a port in its host", "dev", func(c *conf) { smtp(c); c.Email.Smtp.Host = "mail:587" }, `Email.Smtp.Host: must be a host name or an IPv4 address, is "mail:587"`},
		{"SMTP without sender", "dev", func(c *conf) { smtp(c); c.Email.Smtp.From = "" }, "Email.Smtp.From: is missing; set it, for example to App <no-reply@example.com>"},
		{"SMTP from two", "dev", func(c *conf) { smtp(c); c.Email.Smtp.From = "a@b.example, c@d.example" }, `Email.Smtp.From: must look like App <no-reply@example.com>, is "a@b.example, c@d.example"`},
		{"SMTP from a line break", "dev", func(c *conf) { smtp(c); c.Email.Smtp.From = "\"A\r\n B\" <a@b.example>" }, `Email.Smtp.From: must look like App <no-reply@example.com>, is "\"A\r\n B\" <a@b.example>"`},
		{"SMTP from a plain address", "dev", func(c *conf) { smtp(c); c.Email.Smtp.From = "a@b.example" }, ""},
		{"SMTP without password", "pro", func(c *conf) { smtp(c); c.Email.Smtp.Password = "" }, "Email.Smtp.Password: is missing, set SMTP_PASSWORD"},
		{"SMTP without user", "pro", func(c *conf) { smtp(c); c.Email.Smtp.Username = "" }, "Email.Smtp.Username: is missing, a password is set"},
		{"SMTP without sign-in", "pro", func(c *conf) { smtp(c); c.Email.Smtp.Username, c.Email.Smtp.Password = "", "" }, ""},
		{"a password in clear", "dev", func(c *conf) { smtp(c); c.Email.Smtp.Tls = "none" }, "Email.Smtp.Password: must not be set when Tls is none: it would be sent unencrypted"},
		{"SMTP in clear in dev", "dev", func(c *conf) {
			smtp(c)
			c.Email.Smtp.Tls, c.Email.Smtp.Username, c.Email.Smtp.Password = "none", "", ""
		}, ""},
		{"SMTP password of the environment, unused", "dev", func(c *conf) { c.Email.Smtp.Password = "x" }, ""},
		{"name of the app in Korean", "dev", func(c *conf) { c.Delivery.AppName = "카카오" }, ""},
		{"name of the app with a line break", "dev", func(c *conf) { c.Delivery.AppName = "A\nB" }, `Delivery.AppName: must have at most 64 characters, without control characters and space around, is "A\nB"`},
		{"WebOTP for a URL", "dev", func(c *conf) { c.Otp.WebOtpDomain = "https://example.com" }, `Otp.WebOtpDomain: must be a host name such as login.example.com, in lower case, without scheme, port and path, is "https://example.com"`},
		{"WebOTP for a host", "dev", func(c *conf) { c.Otp.WebOtpDomain = "login.example.com" }, ""},
		{"hash of 10 characters", "dev", func(c *conf) { c.Otp.AndroidHash = "FA+9qCX9VS" }, `Otp.AndroidHash: must be 11 of A-Z a-z 0-9 + /, is "FA+9qCX9VS"`},
		{"hash of 11 characters", "dev", func(c *conf) { c.Otp.AndroidHash = "FA+9qCX9VSu" }, ""},

		{"proxy as address", "dev", func(c *conf) { c.TrustedProxies = []string{"10.0.0.1"} }, `TrustedProxies[0]: must be a network as 10.0.0.0/8 or fd00::/8, is "10.0.0.1"`},
		{"proxy as IPv4 in IPv6", "dev", func(c *conf) { c.TrustedProxies = []string{"::ffff:10.0.0.0/104"} }, `TrustedProxies[0]: must be a network as 10.0.0.0/8 or fd00::/8, is "::ffff:10.0.0.0/104"`},
		{"everyone a proxy in dev", "dev", func(c *conf) { c.TrustedProxies = []string{"0.0.0.0/0"} }, ""},

		{"origin", "pro", func(c *conf) { c.Cors.Origins = []string{"https://app.example.com", "http://localhost:3000"} }, ""},
		{"origin of an app", "pro", func(c *conf) { c.Cors.Origins = []string{"capacitor://localhost"} }, ""},
		{"any origin in pro", "pro", func(c *conf) { c.Cors.Origins = []string{"*"} }, "Cors.Origins[0]: must not be * in pro"},
		{"any origin in dev", "dev", func(c *conf) { c.Cors.Origins = []string{"*"} }, ""},
		{"origin with a star", "dev", func(c *conf) { c.Cors.Origins = []string{"https://*.example.com"} }, origin + `"https://*.example.com"`},
		{"origin with a path", "dev", func(c *conf) { c.Cors.Origins = []string{"https://example.com/"} }, origin + `"https://example.com/"`},
		{"origin without scheme", "dev", func(c *conf) { c.Cors.Origins = []string{"example.com"} }, origin + `"example.com"`},
		{"origin null", "dev", func(c *conf) { c.Cors.Origins = []string{"null"} }, origin + `"null"`},
		{"origin in capitals", "dev", func(c *conf) { c.Cors.Origins = []string{"https://Example.com"} }, origin + `"https://Example.com"`},
		{"origin with its default port", "dev", func(c *conf) { c.Cors.Origins = []string{"https://example.com:443"} }, origin + `"https://example.com:443"`},
		{"origin with a zero in its port", "dev", func(c *conf) { c.Cors.Origins = []string{"https://example.com:08443"} }, origin + `"https://example.com:08443"`},
		{"origin with a colon", "dev", func(c *conf) { c.Cors.Origins = []string{"https://example.com:"} }, origin + `"https://example.com:"`},
		{"origin with a user", "dev", func(c *conf) { c.Cors.Origins = []string{"https://u@example.com"} }, origin + `"https://u@example.com"`},

		{"certificate without key", "dev", func(c *conf) { c.CertFile = "a.pem" }, "CertFile: must be given together with KeyFile"},
		{"certificate and key", "pro", func(c *conf) { c.CertFile, c.KeyFile = "a.pem", "b.pem" }, ""},
		{"both listeners on one port", "dev", func(c *conf) { c.DevServer.Port = c.Port }, "DevServer.Port: must differ from Port"},
		{"both listeners on one port, off", "dev", func(c *conf) { c.DevServer = config.DevServer{Port: c.Port} }, ""},
		{"dev server everywhere", "pro", func(c *conf) { c.DevServer.Host = "0.0.0.0" }, ""},
		{"more spans than requests", "pro", func(c *conf) { c.Telemetry.Sampler = 1.5 }, "Telemetry.Sampler: must be 0 to 1, is 1.5"},
		{"spans to a URL by gRPC", "pro", func(c *conf) { c.Telemetry.Endpoint = "http://collector:4317" }, `Telemetry.Endpoint: must be host:port for otlpgrpc, is "http://collector:4317"`},
		{"spans to a collector", "pro", func(c *conf) { c.Telemetry.Endpoint = "collector:4317" }, ""},
		{"spans by a path", "pro", func(c *conf) { c.Telemetry.OtlpHttpPath = "v1/traces" }, `Telemetry.OtlpHttpPath: must begin with /, is "v1/traces"`},
		{"dev server on no host", "dev", func(c *conf) { c.DevServer.Host = "" }, `DevServer.Host: must be a host name or an IP address, IPv6 in brackets, is ""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good(t, tt.mode)
			tt.change(&c)
			got := strings.Join(lines(t, c.Validate()), "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
