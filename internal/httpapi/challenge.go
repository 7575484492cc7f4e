package httpapi

import (
	"fmt"
	"net/http"
)

// WWW-Authenticate challenges (RFC 9110 section 11.6.1).
const (
	ChallengeBasic  = `Basic realm="user-api", charset="UTF-8"`
	ChallengeBearer = "Bearer"
	// ChallengeToken reports that the presented token is invalid (RFC 6750 section 3.1).
	ChallengeToken = `Bearer error="invalid_token"`
	// challengeStepUp requests stronger or fresher authentication (RFC 9470 section 3).
	challengeStepUp = `Bearer error="insufficient_user_authentication"`
)

// ChallengeScope returns the challenge for a token that lacks scope (RFC 6750 section 3.1).
func ChallengeScope(scope string) string {
	return fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope)
}

// Challenge replaces the default WWW-Authenticate header. Call it only when the response is
// certain to be a refusal.
func Challenge(w http.ResponseWriter, challenges ...string) {
	w.Header()["Www-Authenticate"] = challenges
}
