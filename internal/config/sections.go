package config

// RegionNone stands in Sms.AllowedRegions for the numbers of no country, those of
// international networks; no empty list includes them.
const RegionNone = "001"

// The types of a RedisNode.
const (
	RedisSingle  = "node"
	RedisCluster = "cluster"
)

type (
	// RedisNode is a Redis, or a seed of a Redis Cluster.
	RedisNode struct {
		// Host is host:port.
		Host string
		// Type is node or cluster.
		Type string `json:",default=node"`
		// User is the ACL user; empty means the default user.
		User string `json:",optional"`
		// Pass goes with User; REDIS_PASSWORD is given to every node.
		Pass string `json:",optional,env=REDIS_PASSWORD"`
		// Tls connects by TLS and verifies the certificate against Host.
		Tls bool `json:",optional"`
	}

	// Auth is about tokens and sessions. Secrets have at least 32 bytes and
	// differ from each other.
	Auth struct {
		// Signing is how access tokens are signed: HS256 by AccessSecret, ES256 or EdDSA
		// by keys in the database.
		Signing string `json:",default=HS256"`
		// KeyLife is for how many seconds a key signs, a day to 400 days, and outside pro
		// from 30 s.
		KeyLife Seconds `json:",default=7776000"`
		// KeyLead is for how many seconds a key is published before it signs, 600 s to a
		// week, and outside pro from 10 s; at most half of KeyLife.
		KeyLead Seconds `json:",default=3600"`
		// AccessSecret signs access tokens under HS256; otherwise it only verifies those
		// of before, and may be missing. It is a plain string
		// because the generated routes hand it to go-zero.
		AccessSecret string `json:",optional,env=ACCESS_SECRET"`
		// PrevAccessSecret is still accepted while secrets are rotated.
		PrevAccessSecret string `json:",optional,env=PREV_ACCESS_SECRET"`
		// AccessExpire is the life of an access token, 60 to 3600 s.
		AccessExpire Seconds `json:",default=900"`
		// RefreshSecret signs refresh tokens.
		RefreshSecret string `json:",optional,env=REFRESH_SECRET"`
		// PrevRefreshSecret is still accepted while secrets are rotated.
		PrevRefreshSecret string `json:",optional,env=PREV_REFRESH_SECRET"`
		// RefreshExpire ends a session that is not used for so many seconds.
		RefreshExpire Seconds `json:",default=604800"`
		// RefreshGrace is for how long a refresh token, once used, still gives
		// the same successor, 0 to 10 s.
		RefreshGrace Seconds `json:",default=10"`
		// SessionExpire ends any session, seconds after its sign-in.
		SessionExpire Seconds `json:",default=2592000"`
		// Issuer and Audience are the tokens' iss and aud. Issuer is where others reach the
		// service, https://id.example.com, except under HS256, where it may be any name.
		Issuer string `json:",default=user-api"`
		// PrevIssuer is still accepted while the issuer is changed.
		PrevIssuer string `json:",optional"`
		Audience   string `json:",default=user-api"`
		// Claims are put into access tokens beside the service's own.
		Claims Claims `json:",optional"`
	}

	// Otp is about one-time codes.
	Otp struct {
		// Length is how many digits a code has, 4 to 10.
		Length int `json:",default=6"`
		// Expire is the life of a code, 30 to 600 s.
		Expire Seconds `json:",default=300"`
		// Attempts is how many tries a code allows, 1 to 5.
		Attempts int `json:",default=5"`
		// Cooldown is the least time between two messages to an address, 1 to 600 s.
		Cooldown Seconds `json:",default=60"`
		// Spread gives each address a slot by itself in a Redis Cluster; any other Redis
		// is not spread. While nodes run of a release that does not have this key, it is
		// false.
		Spread bool `json:",default=true"`
		// WebOtpDomain is the host whose pages may read the code out of a text
		// message; empty means none.
		WebOtpDomain string `json:",optional"`
		// AndroidHash names the Android app that may read the code out of a text
		// message, 11 characters; empty means none.
		AndroidHash string `json:",optional"`
		// Pepper is the secret that codes, and the keys of what is kept sealed, derive
		// from.
		Pepper string `json:",optional,env=OTP_PEPPER"`
		// PrevPepper is known beside it while peppers are rotated.
		PrevPepper string `json:",optional,env=PREV_OTP_PEPPER"`
		// TestIdentities are addresses with a fixed code, to which nothing is sent.
		TestIdentities []TestIdentity `json:",optional"`
	}

	// Privacy is about what stands for personal data in keys and records.
	Privacy struct {
		// PseudonymKey is the secret that pseudonyms derive from; empty means
		// Otp.Pepper.
		PseudonymKey string `json:",optional,env=PSEUDONYM_KEY"`
		// PrevPseudonymKey is known beside it while these secrets are rotated; empty
		// beside an empty PseudonymKey means Otp.PrevPepper.
		PrevPseudonymKey string `json:",optional,env=PREV_PSEUDONYM_KEY"`
	}

	// Cors is about pages of other origins.
	Cors struct {
		// Origins are exact, scheme://host[:port]; empty means none.
		Origins []string `json:",optional"`
		// Headers are those that pages of these origins may send beside the usual
		// ones: what an app's own libraries add to every request.
		Headers []string `json:",optional"`
	}

	// Log is about the service's own log.
	Log struct {
		// Level is debug, info, error or severe.
		Level string `json:",default=info"`
		// Encoding is json or plain.
		Encoding string `json:",default=json"`
	}

	// Inbox is about GET /dev/inbox, which dev and test serve.
	Inbox struct {
		// Open serves it to everybody who reaches the service, not to this host
		// alone.
		Open bool `json:",optional"`
	}

	// DevServer is the second listener, with metrics. It has no sign-in, so it
	// belongs on loopback or a private network.
	DevServer struct {
		Enabled bool `json:",default=true"`
		// Host is as Config.Host.
		Host string `json:",default=127.0.0.1"`
		// Port is the TCP port, 1 to 65535.
		Port int `json:",default=6060"`
		// Pprof adds Go's profiles, which show what is in memory.
		Pprof bool `json:",optional"`
	}
)
