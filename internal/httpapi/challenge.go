package httpapi

import (
	"fmt"
	"net/http"
)

// Challenges say how a client may prove who it is (RFC 9110 section 11.6.1).
const (
	ChallengeBasic  = `Basic realm="user-api", charset="UTF-8"`
	ChallengeBearer = "Bearer"
	// ChallengeToken says that the token that was shown does not hold (RFC 6750 section 3.1).
	ChallengeToken = `Bearer error="invalid_token"`
	// challengeStepUp asks for another proof than that of the session (RFC 9470 section 3).
	challengeStepUp = `Bearer error="insufficient_user_authentication"`
)

// ChallengeScope says which scope a token lacks (RFC 6750 section 3.1).
func ChallengeScope(scope string) string {
	return fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope)
}

// Challenge sets what a refusal asks for, in the place of the usual. It is for answers
// that are sure to be one.
func Challenge(w http.ResponseWriter, challenges ...string) {
	w.Header()["Www-Authenticate"] = challenges
}
