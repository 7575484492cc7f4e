package present

import (
	"user-api/internal/client"
	"user-api/internal/types"
)

// Metadata returns the server metadata of an issuer (RFC 8414).
func Metadata(issuer string) *types.MetadataResp {
	return &types.MetadataResp{
		Issuer:                                     issuer,
		AuthorizationEndpoint:                      issuer + "/oauth/authorize",
		TokenEndpoint:                              issuer + "/oauth/token",
		JwksUri:                                    issuer + "/.well-known/jwks.json",
		IntrospectionEndpoint:                      issuer + "/service/introspect",
		ScopesSupported:                            client.Scopes,
		ResponseTypesSupported:                     []string{"code"},
		ResponseModesSupported:                     []string{"query"},
		GrantTypesSupported:                        []string{"authorization_code", "refresh_token", "client_credentials"},
		CodeChallengeMethodsSupported:              []string{"S256"},
		TokenEndpointAuthMethodsSupported:          []string{"client_secret_basic", "client_secret_post", "none"},
		IntrospectionEndpointAuthMethodsSupported:  []string{"client_secret_basic"},
		AuthorizationResponseIssParameterSupported: true,
	}
}
