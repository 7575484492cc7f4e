package config

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"user-api/internal/channel"
)

// The values of Smtp.Tls.
const (
	TlsImplicit = "implicit"
	TlsNone     = "none"
	TlsStart    = "starttls"
)

// maxLink leaves room for the code within what mail programs recognize as a link.
const maxLink = 500

var (
	// mailAddress matches the address in From: ASCII, with a domain of at least two labels.
	mailAddress = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]$`)
	webDomain   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$`)
	androidHash = regexp.MustCompile(`^[A-Za-z0-9+/]{11}$`)
)

type (
	// Email configures email messages.
	Email struct {
		// Provider is inbox (kept in the process, not sent), smtp or off.
		Provider string `json:",default=inbox"`
		// SignIn allows sign-in with a code sent by email.
		SignIn bool `json:",default=true"`
		// Link is the page of the app to which the link in an email leads; opening it signs
		// in like entering the code. Empty means no link.
		Link string `json:",optional"`
		Smtp Smtp
		Dkim Dkim
	}

	// Smtp configures the mail server, required if Email.Provider is smtp.
	Smtp struct {
		// Host is the server name, against which its certificate is verified.
		Host string `json:",optional"`
		// Port is the TCP port, 1 to 65535.
		Port int `json:",default=587"`
		// Username and Password authenticate; set both or neither.
		Username string `json:",optional"`
		Password string `json:",optional,env=SMTP_PASSWORD"`
		// From is the sender, as in "App <no-reply@example.com>".
		From string `json:",optional"`
		// Tls is starttls, implicit or none.
		Tls string `json:",default=starttls"`
		// Hello is the name of this host in EHLO; empty means the domain of From.
		Hello string `json:",optional"`
		// Connections is the maximum number of open connections, 1 to 100.
		Connections int `json:",default=4"`
		// Timeout limits one send, 5 to 300 seconds.
		Timeout Seconds `json:",default=30"`
	}
)

func (e Email) check(k *checker) {
	byEmail := func(p Provider) bool { return p.Serves(channel.Email) }
	k.option("Email.Provider", e.Provider, append(namesOf(byEmail), ProviderOff)...)
	if p, _ := providerOf(e.Provider); k.pro && p.DevOnly {
		k.add("Email.Provider", "must not be %s in pro: it sends nothing", p.Name)
	}
	e.checkLink(k)
	e.Smtp.check(k, e.Provider == ProviderSmtp)
	e.Dkim.check(k, e.Smtp.Domain(), e.Provider == ProviderSmtp)
}

// checkLink reserves the fragment for the code, and requires https so that nobody can read
// the page on its way.
func (e Email) checkLink(k *checker) {
	if e.Link == "" {
		return
	}
	u, err := url.Parse(e.Link)
	switch {
	case err != nil || u.Host == "" || u.User != nil || !isPlainASCII(e.Link) || strings.Contains(e.Link, "#") || len(e.Link) > maxLink:
		k.add("Email.Link", "must look like https://app.example.com/signin, of at most %d ASCII characters, without user and fragment", maxLink)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		k.add("Email.Link", "must be https (http only to loopback), is %q", e.Link)
	case !e.SignIn:
		k.add("Email.Link", "must be left out when Email.SignIn is false: the link signs in")
	}
}

func (m Smtp) check(k *checker, used bool) {
	const path = "Email.Smtp."
	switch {
	case used && m.Host == "":
		k.add(path+"Host", "is missing")
	case m.Host != "" && !hostName.MatchString(m.Host):
		k.add(path+"Host", "must be a host name or an IPv4 address, is %q", m.Host)
	}
	k.port(path+"Port", m.Port)
	switch {
	case used && m.From == "":
		k.add(path+"From", "is missing; set it, for example to App <no-reply@example.com>")
	case m.From != "" && !isMailbox(m.From):
		k.add(path+"From", "must look like App <no-reply@example.com>, is %q", m.From)
	}
	if m.Hello != "" && !hostName.MatchString(m.Hello) && !isAddressLiteral(m.Hello) {
		k.add(path+"Hello", "must be a host name, or an address such as [192.0.2.1] or [IPv6:2001:db8::1], is %q", m.Hello)
	}
	k.option(path+"Tls", m.Tls, TlsStart, TlsImplicit, TlsNone)
	if k.pro && m.Tls == TlsNone {
		k.add(path+"Tls", "must not be none in pro: codes would be sent unencrypted")
	}
	switch {
	case used && m.Username != "" && m.Password == "":
		k.add(path+"Password", "is missing, set SMTP_PASSWORD")
	case used && m.Username == "" && m.Password != "":
		k.add(path+"Username", "is missing, a password is set")
	case m.Tls == TlsNone && m.Password != "":
		k.add(path+"Password", "must not be set when Tls is none: it would be sent unencrypted")
	}
	k.between(path+"Connections", int64(m.Connections), 1, 100, "connections")
	k.between(path+"Timeout", int64(m.Timeout), 5, 300, "seconds")
}

// Domain returns the domain of From, or "" if From is invalid.
func (m Smtp) Domain() string {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return ""
	}
	return strings.ToLower(from.Address[strings.LastIndexByte(from.Address, '@')+1:])
}

// checkMessage validates the lines of a text message that programs parse.
func (o Otp) checkMessage(k *checker) {
	if o.WebOtpDomain != "" && (len(o.WebOtpDomain) > 253 || !webDomain.MatchString(o.WebOtpDomain)) {
		k.add("Otp.WebOtpDomain", "must be a host name such as login.example.com, in lower case, without scheme, port and path, is %q", o.WebOtpDomain)
	}
	if o.AndroidHash != "" && !androidHash.MatchString(o.AndroidHash) {
		k.add("Otp.AndroidHash", "must be 11 of A-Z a-z 0-9 + /, is %q", o.AndroidHash)
	}
}

// isAddressLiteral reports whether text is an address literal for EHLO (RFC 5321 section
// 4.1.3).
func isAddressLiteral(text string) bool {
	inner, ok := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	inner, six := strings.CutPrefix(inner, "IPv6:")
	addr, err := netip.ParseAddr(inner)
	return ok && closed && err == nil && addr.Is6() == six && addr.Zone() == ""
}

// isMailbox reports whether text is one ASCII address, with or without a display name.
func isMailbox(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && len(a.Address) <= 254 && mailAddress.MatchString(a.Address) &&
		!strings.ContainsFunc(text, unicode.IsControl)
}
