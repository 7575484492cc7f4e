package guard

import "time"

// The modes of the conversion guard.
const (
	Enforce Mode = "enforce"
	Off     Mode = "off"
	Shadow  Mode = "shadow"
)

type (
	// Mode says what the conversion guard does.
	Mode string

	// Rate allows Limit in any Window.
	Rate struct {
		Limit  int64
		Window time.Duration
	}

	// Policy is every limit. One without rates, and a budget of 0, is off.
	Policy struct {
		// Enabled false takes every bucket away; cooldown, tries and locks stay.
		Enabled bool
		// Address and Email are sends to one number and to one e-mail address,
		// Sends those of one client, Block, Country and Global all together.
		Address, Email, Sends, Block, Country, Global []Rate
		// Verify are wrong codes of a client.
		Verify []Rate
		// Account are failed sign-ins to an account from a network, Password those of a
		// client, Attempts all sign-ins of a client by password.
		Account, Password, Attempts []Rate
		// Lookups are ids of messages, asked for by a client, that are not there.
		Lookups []Rate
		// Renames are changes of a user's name, Acts what a session does that costs
		// more than most, Refusals the refused requests of a session, Mails the e-mails
		// that a signed-in user asks for, to whatever addresses.
		Renames, Acts, Refusals, Mails []Rate
		Refresh, Register              []Rate
		// Avatars are pictures that a user uploads, AvatarClient those of a client.
		Avatars, AvatarClient []Rate
		// Captchas are questions to the captcha's provider that a client's tokens
		// cost and that were not worth it, Demands are captchas demanded of a client.
		Captchas, Demands []Rate
		// Machines are refused credentials of clients shown by a network, MachineIDs those
		// for one client, MachineRequests the requests of a client that has no limit of
		// its own.
		Machines, MachineIDs, MachineRequests []Rate
		// Notices are notices to one address; routine ones get half of them.
		Notices  []Rate
		Networks Networks
		Shares   Shares
		// DayBudget, CountryBudget and BlockBudget are micro-USD per day; past Soft
		// percent of one a captcha is asked for.
		DayBudget, CountryBudget, BlockBudget int64
		Soft                                  int64
		Conversion                            Converting
	}

	// Networks say how many times a client's limit the networks have that it is in;
	// 0 leaves one out. A client is an IPv4 address or a /64 of IPv6.
	Networks struct {
		Net24, Net56, Net48, Net32 int64
	}

	// Shares divide limits that many share, in percent; 0 does not divide.
	Shares struct {
		// Network and Provider are the most of a limit over many that a network (IPv4
		// /24, IPv6 /48) and a /32 of IPv6 use.
		Network, Provider int64
		// Number is the most of an address's limit that one network uses for which the
		// address is not known.
		Number int64
		// Captcha is from where on a captcha is asked for.
		Captcha int64
		// Known is kept for networks in which an address was proven.
		Known int64
	}

	// Converting judges a block or country by how many of the networks that asked
	// for its codes in a window used one.
	Converting struct {
		Mode                Mode
		Window              time.Duration
		MinSent, MinPercent int64
	}
)
