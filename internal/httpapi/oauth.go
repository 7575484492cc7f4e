package httpapi

import "user-api/internal/apperr"

// oauthErrors maps codes to error names of the token endpoint (RFC 6749 section 5.2). The
// names of server errors are from section 4.1.2.1.
var oauthErrors = map[apperr.Code]string{
	apperr.Unauthorized: "invalid_client",
	apperr.Internal:     "server_error",
	apperr.RateLimited:  "temporarily_unavailable",
	apperr.Unavailable:  "temporarily_unavailable",
}

// forOAuth adds the members that OAuth clients read.
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
