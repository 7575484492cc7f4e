package keys

import (
	"user-api/internal/metrics"
	"user-api/internal/token"
	"user-api/model"
)

var (
	states = metrics.Gauge("user_api_signing_keys",
		"signing keys of access tokens, by state", "state")
	age = metrics.Gauge("user_api_signing_key_age_seconds",
		"how long the current key has been signing access tokens; 0 if there is none")
)

// count sets the metrics.
func count(rows []row, signer *token.Key) {
	n, seconds := map[string]int{}, 0.0
	for _, r := range rows {
		n[r.State]++
		if signer != nil && r.Id == signer.ID {
			seconds = r.age().Seconds()
		}
	}
	for _, state := range []string{model.StandbyKey, model.ActiveKey, model.PreviousKey, model.RevokedKey} {
		states.Set(float64(n[state]), state)
	}
	age.Set(seconds)
}
