package keys

import (
	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/token"
	"user-api/model"
)

var (
	states = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Name: "signing_keys",
		Help: "signing keys of access tokens, by state", Labels: []string{"state"},
	})
	age = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "signing_key", Name: "age_seconds",
		Help: "how long the current key has been signing access tokens; 0 if there is none",
	})
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
