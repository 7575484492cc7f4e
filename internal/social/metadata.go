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
	// tenantMark is the placeholder in the issuer of Microsoft's multi-tenant endpoints.
	tenantMark = "{tenantid}"
)

// tenantForm matches a tenant id, the claim tid.
var tenantForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// metadata is the discovery document of a provider (OpenID Connect Discovery 1.0 section 3).
type metadata struct {
	Issuer   string   `json:"issuer"`
	AuthURL  string   `json:"authorization_endpoint"`
	TokenURL string   `json:"token_endpoint"`
	KeysURL  string   `json:"jwks_uri"`
	Methods  []string `json:"token_endpoint_auth_methods_supported"`
	// SendsIssuer means that answers contain iss (RFC 9207).
	SendsIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// ManyTenants reports whether an issuer is Microsoft's for accounts of several tenants. Every
// tenant has its own issuer and manages its own addresses.
func ManyTenants(issuer string) bool {
	rest, ok := strings.CutPrefix(issuer, "https://login.microsoftonline.com/")
	tenant, _, _ := strings.Cut(rest, "/")
	return ok && slices.Contains([]string{"common", "organizations", "consumers"}, tenant)
}

// discover fetches the metadata, which must name the configured issuer: otherwise the keys would be
// another provider's.
func (p *oidc) discover(ctx context.Context) (m metadata, err error) {
	status, body, err := p.client.get(ctx, strings.TrimSuffix(p.Issuer, "/")+wellKnown, nil)
	if err != nil {
		return m, err
	}
	if status != http.StatusOK || !readObject(body, &m) {
		return m, unavailable("the discovery document is malformed")
	}
	if m.Issuer != p.Issuer && !(p.tenants && strings.Count(m.Issuer, tenantMark) == 1) {
		return m, unavailable("the discovery document names another issuer")
	}
	for _, address := range []string{m.AuthURL, m.TokenURL, m.KeysURL} {
		if !p.client.allowed(address) {
			return m, unavailable("the discovery document has a URL that is missing or not https")
		}
	}
	return m, nil
}

// readObject decodes one JSON object without duplicate members. It ignores names with capital
// letters, because encoding/json would take Iss for iss.
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

// issuerOf returns the issuer for a tenant, the issuer itself without tenants, or "" for an invalid
// tenant.
func (m metadata) issuerOf(tenant string) string {
	if !strings.Contains(m.Issuer, tenantMark) {
		return m.Issuer
	}
	if !tenantForm.MatchString(tenant) {
		return ""
	}
	return strings.Replace(m.Issuer, tenantMark, tenant, 1)
}

// isIssuer reports whether text is the issuer, for any tenant.
func (m metadata) isIssuer(text string) bool {
	before, after, many := strings.Cut(m.Issuer, tenantMark)
	if !many {
		return text == m.Issuer
	}
	tenant, ok := strings.CutPrefix(text, before)
	tenant, end := strings.CutSuffix(tenant, after)
	return ok && end && tenantForm.MatchString(tenant)
}
