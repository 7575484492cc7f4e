package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"user-api/internal/channel"
)

var (
	serviceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	accountSid  = shape{regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`), "be AC and 32 hex digits"}
	apiKey      = shape{regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`), "be SK and 32 hex digits"}
	notBlank    = shape{regexp.MustCompile(`^\S+$`), "have no white space"}
	serviceSid  = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	phoneSender = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$`)
	// shownPattern matches secrets that appear in URLs.
	shownPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`)
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}$")
	// appOrigin matches the origin of an app's web view.
	appOrigin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[a-z0-9._-]+(:[1-9][0-9]{0,4})?$`)
	// opaque lists schemes whose pages have the origin "null" or that cannot serve pages.
	opaque     = []string{"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "ws", "wss"}
	nameSender = regexp.MustCompile(`^[A-Za-z0-9 +_&-]*[A-Za-z][A-Za-z0-9 +_&-]*$`)
)

type (
	// checker collects problems; each of its methods is a rule.
	checker struct {
		Problems
		pro bool
	}

	// shape is the format of a credential; rule completes "must …".
	shape struct {
		pattern *regexp.Regexp
		rule    string
	}
)

// between checks that v is in the range, and reports whether it is.
func (k *checker) between(key string, v, low, high int64, unit string) bool {
	if v >= low && v <= high {
		return true
	}
	k.add(key, "must be between %d and %d %s, is %d", low, high, unit, v)
	return false
}

// baseURL allows http only to loopback or outside pro, because codes and secrets are sent
// there. like is an example of a valid URL.
func (k *checker) baseURL(key, text, like string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(text, "?#"):
		k.add(key, "must look like %s, without user, query and fragment", like)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro && !isLoopback(u.Hostname())):
		k.add(key, "must be https (http only to loopback, or outside pro), is %q", text)
	}
}

// credential never shows the value.
func (k *checker) credential(key, value, env string, s shape) {
	switch {
	case value == "":
		k.add(key, "is missing, set %s", env)
	case !s.pattern.MatchString(value):
		k.add(key, "must %s", s.rule)
	}
}

// shownSecret validates a secret that appears in a callback's URL: it must be long and need
// no escaping. It may be empty.
func (k *checker) shownSecret(key, value string) {
	if value != "" && !shownPattern.MatchString(value) {
		k.add(key, "must have 32 to 128 of A-Z a-z 0-9 _ -")
	}
}

func (k *checker) host(key, host string) {
	if hostName.MatchString(host) {
		return
	}
	// go-zero appends ":port" to the host as it is, so IPv6 needs its brackets.
	inner, ok := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if addr, err := netip.ParseAddr(inner); ok && closed && err == nil && addr.Is6() {
		return
	}
	k.add(key, "must be a host name or an IP address, IPv6 in brackets, is %q", host)
}

func (k *checker) hostPort(key, text string) {
	host, port, err := net.SplitHostPort(text)
	n, numErr := strconv.Atoi(port)
	if err != nil || host == "" || numErr != nil || n < 1 || n > 65535 {
		k.add(key, "must be HOST:PORT, is %q", text)
	}
}

// inPro returns the limit for the mode.
func (k *checker) inPro(pro, other int64) int64 {
	if k.pro {
		return pro
	}
	return other
}

func (k *checker) named(key, text string) {
	if text == "" || len(text) > 255 {
		k.add(key, "must have 1 to 255 characters, has %d", len(text))
	}
}

func (k *checker) option(key, v string, options ...string) {
	if !slices.Contains(options, v) {
		k.add(key, "must be %s, is %q", channel.Or(options), v)
	}
}

func (k *checker) port(key string, port int) {
	if port < 1 || port > 65535 {
		k.add(key, "must be between 1 and 65535, is %d", port)
	}
}

func (k *checker) region(key, code string) {
	if !phonenumbers.GetSupportedRegions()[code] {
		k.add(key, "must be an ISO 3166 country of two capital letters, is %q", code)
	}
}

// element returns the path of a list element.
func element(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// isLoopback reports whether traffic to host stays on this host. Names other than localhost
// do not count. IPv6 addresses may have brackets.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// isOrigin reports whether text is an origin exactly as browsers send it. Origins are
// compared as strings, so one in another spelling would never match.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || text != u.Scheme+"://"+u.Host {
		return false
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port) {
		return false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return appOrigin.MatchString(text) && !slices.Contains(opaque, u.Scheme)
	}
	isDefault := u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80"
	isPlain := !strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r == '*' || r >= 'A' && r <= 'Z' })
	return isPlain && !isDefault && !strings.HasSuffix(u.Host, ":")
}

// isSender reports whether Twilio accepts from: a number, a short code, or an alphanumeric
// sender ID (letters, digits, space, + - _ &, at least one letter).
func isSender(from string) bool {
	return phoneSender.MatchString(from) || nameSender.MatchString(from) && len(from) <= 11
}
