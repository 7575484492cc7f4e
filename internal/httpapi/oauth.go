package httpapi

import "user-api/internal/apperr"

// oauthErrors are what codes are called at the token endpoint (RFC 6749 section 5.2);
// section 4.1.2.1 has the two of failures of ours.
var oauthErrors = map[apperr.Code]string{
	apperr.Unauthorized: "invalid_client",
	apperr.Internal:     "server_error",
	apperr.RateLimited:  "temporarily_unavailable",
	apperr.Unavailable:  "temporarily_unavailable",
}

// forOAuth adds what clients of OAuth read. Clients of ours read the rest as everywhere.
func (b errorBody) forOAuth() errorBody {
	if b.Error == "" {
		b.Error = oauthErrors[b.Code]
	}
	if b.Error == "" {
		b.Error = "invalid_request"
	}
	b.ErrorDescription = b.Msg
	return b
}
