package social

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"user-api/internal/document"
)

const (
	wellKnown = "/.well-known/openid-configuration"
	// tenantMark stands in the issuer of Microsoft's endpoints for many tenants.
	tenantMark = "{tenantid}"
)

// tenantForm is the id of a tenant, which a token says in its claim tid.
var tenantForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0 section 3).
type metadata struct {
	Issuer   string   `json:"issuer"`
	AuthURL  string   `json:"authorization_endpoint"`
	TokenURL string   `json:"token_endpoint"`
	KeysURL  string   `json:"jwks_uri"`
	Methods  []string `json:"token_endpoint_auth_methods_supported"`
	// NamesItself says that a browser comes back with iss (RFC 9207).
	NamesItself bool `json:"authorization_response_iss_parameter_supported"`
}

// ManyTenants reports whether an issuer is Microsoft's for accounts of more than one
// tenant: every tenant signs in its own name, and administers its own addresses.
func ManyTenants(issuer string) bool {
	rest, ok := strings.CutPrefix(issuer, "https://login.microsoftonline.com/")
	tenant, _, _ := strings.Cut(rest, "/")
	return ok && slices.Contains([]string{"common", "organizations", "consumers"}, tenant)
}

// discover asks a provider for its metadata, which must be of the issuer that was asked
// for: with another's the keys would be another's.
func (p *oidc) discover(ctx context.Context) (m metadata, err error) {
	status, body, err := p.client.get(ctx, strings.TrimSuffix(p.Issuer, "/")+wellKnown, nil)
	if err != nil {
		return m, err
	}
	if status != http.StatusOK || !readObject(body, &m) {
		return m, unavailable("its discovery is no document")
	}
	if m.Issuer != p.Issuer && !(p.tenants && strings.Count(m.Issuer, tenantMark) == 1) {
		return m, unavailable("its discovery is of another issuer")
	}
	for _, address := range []string{m.AuthURL, m.TokenURL, m.KeysURL} {
		if !p.client.mayAsk(address) {
			return m, unavailable("its discovery has an address that is missing or not https")
		}
	}
	return m, nil
}

// readObject reads one JSON object in which no member occurs twice. The names that are
// looked for are of small letters; others are left out, as encoding/json takes Iss for iss.
func readObject(text []byte, into any) bool {
	d, err := document.Parse(text)
	if err != nil || d == nil {
		return false
	}
	maps.DeleteFunc(d, func(name string, _ json.RawMessage) bool {
		return strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r >= 'A' && r <= 'Z' })
	})
	exact, err := json.Marshal(map[string]json.RawMessage(d))
	return err == nil && json.Unmarshal(exact, into) == nil
}

// issuerOf is the issuer that signs for a tenant; the issuer itself where there are none.
// It is "" for what is no tenant.
func (m metadata) issuerOf(tenant string) string {
	if !strings.Contains(m.Issuer, tenantMark) {
		return m.Issuer
	}
	if !tenantForm.MatchString(tenant) {
		return ""
	}
	return strings.Replace(m.Issuer, tenantMark, tenant, 1)
}

// isIssuer reports whether a text is the issuer, of whatever tenant.
func (m metadata) isIssuer(text string) bool {
	before, after, many := strings.Cut(m.Issuer, tenantMark)
	if !many {
		return text == m.Issuer
	}
	tenant, ok := strings.CutPrefix(text, before)
	tenant, end := strings.CutSuffix(tenant, after)
	return ok && end && tenantForm.MatchString(tenant)
}
