package config

// RegionNone in Sms.AllowedRegions stands for numbers without a country, those of
// international networks; an empty list does not include them.
const RegionNone = "001"

// The values of RedisNode.Type.
const (
	RedisSingle  = "node"
	RedisCluster = "cluster"
)

type (
	// RedisNode is a Redis server, or a seed of a Redis Cluster.
	RedisNode struct {
		// Host is host:port.
		Host string
		// Type is node or cluster.
		Type string `json:",default=node"`
		// User is the ACL user; empty means the default user.
		User string `json:",optional"`
		// Pass belongs to User; REDIS_PASSWORD sets it for every node.
		Pass string `json:",optional,env=REDIS_PASSWORD"`
		// Tls enables TLS; the certificate is verified against Host.
		Tls bool `json:",optional"`
	}

	// Auth configures tokens and sessions. Secrets have at least 32 bytes and differ from
	// each other.
	Auth struct {
		// Signing is the algorithm of access tokens: HS256 with AccessSecret, or ES256 or
		// EdDSA with keys in the database.
		Signing string `json:",default=HS256"`
		// KeyLife is how long a key signs, in seconds: a day to 400 days, outside pro from
		// 30 s.
		KeyLife Seconds `json:",default=7776000"`
		// KeyLead is how long a key is published before it signs, in seconds: 600 s to a
		// week, outside pro from 10 s; at most half of KeyLife.
		KeyLead Seconds `json:",default=3600"`
		// AccessSecret signs access tokens with HS256. With other algorithms it only
		// verifies earlier tokens and is optional. It is a plain string because the
		// generated routes pass it to go-zero.
		AccessSecret string `json:",optional,env=ACCESS_SECRET"`
		// PrevAccessSecret is also accepted during a rotation.
		PrevAccessSecret string `json:",optional,env=PREV_ACCESS_SECRET"`
		// AccessExpire is the lifetime of an access token, 60 to 3600 s.
		AccessExpire Seconds `json:",default=900"`
		// RefreshSecret signs refresh tokens.
		RefreshSecret string `json:",optional,env=REFRESH_SECRET"`
		// PrevRefreshSecret is also accepted during a rotation.
		PrevRefreshSecret string `json:",optional,env=PREV_REFRESH_SECRET"`
		// RefreshExpire ends a session after so many seconds without use.
		RefreshExpire Seconds `json:",default=604800"`
		// RefreshGrace is how long a used refresh token still returns the same successor, 0
		// to 10 s.
		RefreshGrace Seconds `json:",default=10"`
		// SessionExpire ends a session so many seconds after sign-in.
		SessionExpire Seconds `json:",default=2592000"`
		// Issuer and Audience are the iss and aud of tokens. Issuer is the public URL of
		// the service, such as https://id.example.com, except with HS256, where any name is
		// allowed.
		Issuer string `json:",default=user-api"`
		// PrevIssuer is also accepted while the issuer changes.
		PrevIssuer string `json:",optional"`
		Audience   string `json:",default=user-api"`
		// Claims lists custom claims of access tokens.
		Claims Claims `json:",optional"`
	}

	// Otp configures one-time codes.
	Otp struct {
		// Length is the number of digits, 4 to 10.
		Length int `json:",default=6"`
		// Expire is the lifetime of a code, 30 to 600 s.
		Expire Seconds `json:",default=300"`
		// Attempts is how many attempts a code allows, 1 to 5.
		Attempts int `json:",default=5"`
		// Cooldown is the minimum time between two messages to an address, 1 to 600 s.
		Cooldown Seconds `json:",default=60"`
		// Spread distributes the addresses over the slots of a Redis Cluster; other Redis
		// servers ignore it. It must be false while nodes of a release without this key are
		// running.
		Spread bool `json:",default=true"`
		// WebOtpDomain is the host whose pages may read the code from a text message; empty
		// means none.
		WebOtpDomain string `json:",optional"`
		// AndroidHash identifies the Android app that may read the code from a text
		// message, 11 characters; empty means none.
		AndroidHash string `json:",optional"`
		// Pepper is the secret from which codes and the keys of encrypted data are derived.
		Pepper string `json:",optional,env=OTP_PEPPER"`
		// PrevPepper is also accepted during a rotation.
		PrevPepper string `json:",optional,env=PREV_OTP_PEPPER"`
		// TestIdentities lists addresses with a fixed code, to which nothing is sent.
		TestIdentities []TestIdentity `json:",optional"`
	}

	// Privacy configures the pseudonyms of personal data in keys and records.
	Privacy struct {
		// PseudonymKey is the secret from which pseudonyms are derived; empty means
		// Otp.Pepper.
		PseudonymKey string `json:",optional,env=PSEUDONYM_KEY"`
		// PrevPseudonymKey is also used during a rotation; if both keys are empty, it is
		// Otp.PrevPepper.
		PrevPseudonymKey string `json:",optional,env=PREV_PSEUDONYM_KEY"`
	}

	// Cors configures access by pages of other origins.
	Cors struct {
		// Origins lists exact origins, scheme://host[:port]; empty means none.
		Origins []string `json:",optional"`
		// Headers lists additional headers that pages of these origins may send, such as
		// those of an app's own libraries.
		Headers []string `json:",optional"`
	}

	// Log configures the service's log.
	Log struct {
		// Level is debug, info, error or severe.
		Level string `json:",default=info"`
		// Encoding is json or plain.
		Encoding string `json:",default=json"`
	}

	// Inbox configures GET /dev/inbox, which dev and test serve.
	Inbox struct {
		// Open serves it to every client, not only to this host.
		Open bool `json:",optional"`
	}

	// DevServer configures the second listener, with metrics. It has no authentication, so
	// it belongs on loopback or a private network.
	DevServer struct {
		Enabled bool `json:",default=true"`
		// Host is the address to listen on, as Config.Host.
		Host string `json:",default=127.0.0.1"`
		// Port is the TCP port, 1 to 65535.
		Port int `json:",default=6060"`
		// Pprof enables Go's profiles, which expose the contents of memory.
		Pprof bool `json:",optional"`
	}
)
