package guard

import "time"

// The modes of the conversion guard.
const (
	Enforce Mode = "enforce"
	Off     Mode = "off"
	Shadow  Mode = "shadow"
)

type (
	// Mode is the mode of the conversion guard.
	Mode string

	// Rate allows Limit in any Window.
	Rate struct {
		Limit  int64
		Window time.Duration
	}

	// Policy holds all limits. A limit without rates and a budget of 0 are off.
	Policy struct {
		// Enabled false removes all buckets; cooldown, attempts and locks stay.
		Enabled bool
		// Address and Email limit sends to one number and to one e-mail address, Sends those
		// of one client, and Block, Country and Global those of all clients together.
		Address, Email, Sends, Block, Country, Global []Rate
		// Verify limits wrong codes of a client.
		Verify []Rate
		// Account limits failed sign-ins to an account from a network, Password those of a
		// client, and Attempts all password sign-ins of a client.
		Account, Password, Attempts []Rate
		// Lookups limits a client's requests for unknown message ids.
		Lookups []Rate
		// Renames limits changes of a user's name, Acts the expensive operations of a
		// session, Refusals its refused requests, and Mails the e-mails that a signed-in user
		// requests, to any address.
		Renames, Acts, Refusals, Mails []Rate
		Refresh, Register              []Rate
		// Avatars limits pictures that a user uploads, AvatarClient those of a client.
		Avatars, AvatarClient []Rate
		// Captchas limits a client's tokens that the captcha's provider rejected, Demands the
		// captchas that a client was required to solve.
		Captchas, Demands []Rate
		// Machines limits refused client credentials from a network, MachineIDs those for one
		// client, and MachineRequests the requests of a client without a limit of its own.
		Machines, MachineIDs, MachineRequests []Rate
		// Notices limits notices to one address; routine ones can use half of it.
		Notices  []Rate
		Networks Networks
		Shares   Shares
		// DayBudget, CountryBudget and BlockBudget are in micro-USD per day. Beyond Soft
		// percent of one a captcha is required.
		DayBudget, CountryBudget, BlockBudget int64
		Soft                                  int64
		Conversion                            Converting
	}

	// Networks are the multiples of a client's limit that the networks around it have; 0
	// leaves one out. A client is an IPv4 address or an IPv6 /64.
	Networks struct {
		Net24, Net56, Net48, Net32 int64
	}

	// Shares divide shared limits, in percent; 0 does not divide.
	Shares struct {
		// Network and Provider are the largest part of a shared limit that a network (IPv4
		// /24, IPv6 /48) and an IPv6 /32 can use.
		Network, Provider int64
		// Number is the largest part of an address's limit that one unknown network can use.
		Number int64
		// Captcha is the part from which on a captcha is required.
		Captcha int64
		// Known is the part reserved for networks in which an address was proven.
		Known int64
	}

	// Converting judges a block or country by how many of the networks that requested codes
	// in a window used one.
	Converting struct {
		Mode                Mode
		Window              time.Duration
		MinSent, MinPercent int64
	}
)
