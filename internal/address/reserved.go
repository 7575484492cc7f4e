package address

import (
	"strings"

	"user-api/internal/apperr"
)

// DefaultReserved are usernames that look like the service itself or its operators: the mailbox
// names of RFC 2142, accounts and roles that people take for an authority, and path and host
// names that a site may derive from usernames.
var DefaultReserved = []string{
	// RFC 2142
	"abuse", "noc", "security", "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp",
	"postmaster", "info", "marketing", "sales", "support", "list", "listrequest",
	// Mail systems; the CA/Browser Forum lets some of these prove a domain.
	"mailerdaemon", "mail", "email", "noreply", "donotreply", "bounce", "bounces", "spam", "ssladmin", "ssladministrator", "sslwebmaster",
	// Operators
	"admin", "admins", "administrator", "administrators", "sysadmin", "sysop", "root", "superuser", "superadmin", "operator",
	"system", "daemon", "moderator", "moderators", "mod", "mods", "staff", "team", "official", "service", "services",
	"help", "helpdesk", "customerservice", "customersupport", "care", "contact", "feedback", "billing", "payment", "payments", "accounts",
	"finance", "legal", "privacy", "compliance", "trust", "safety", "fraud", "press", "jobs", "careers",
	// Nobody and everybody
	"nobody", "anonymous", "everyone", "all", "self", "null", "undefined", "none",
	// Paths and hosts
	"api", "app", "account", "auth", "oauth", "oauth2", "openid", "login", "logout", "signin", "signout", "signup", "register", "session", "sessions",
	"password", "reset", "verify", "token", "tokens", "settings", "dashboard", "console", "status", "healthz", "readyz", "metrics",
	"static", "assets", "public", "localhost", "wellknown", "robots", "favicon", "webhook", "webhooks", "smtp", "imap", "pop3", "dns", "autodiscover", "autoconfig", "wpad", "isatap",
}

// Reserved are usernames that cannot be taken, in any spelling that reads the same. A user who
// already has one keeps it.
type Reserved struct {
	names map[string]bool
}

// NewReserved returns the reserved names of a list.
func NewReserved(names []string) Reserved {
	r := Reserved{names: make(map[string]bool, len(names))}
	for _, name := range names {
		for _, skeleton := range skeletons(name) {
			r.names[skeleton] = true
		}
	}
	return r
}

// Admit returns nil if a username may be taken. It fails with apperr.InvalidUsername.
func (r Reserved) Admit(username string) error {
	for _, skeleton := range skeletons(username) {
		if r.names[skeleton] {
			return apperr.New(apperr.InvalidUsername).WithField("username").WithDetail("This username is reserved.")
		}
	}
	return nil
}

// readAs turn a username into what people read: separators are ignored, a zero is an o, and a
// one is an i or an l.
var readAs = [...]*strings.Replacer{
	strings.NewReplacer(".", "", "_", "", "-", "", "0", "o", "1", "i"),
	strings.NewReplacer(".", "", "_", "", "-", "", "0", "o", "1", "l"),
}

func skeletons(name string) (list [len(readAs)]string) {
	for i, r := range readAs {
		list[i] = r.Replace(strings.ToLower(name))
	}
	return list
}
