package present

import (
	"encoding/json"
	"fmt"
	"time"

	"user-api/internal/types"
)

// MfaReset tells when a reset of second factors takes effect.
func MfaReset(due time.Time, err error) (*types.MfaResetResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.MfaResetResp{DueAt: due.Unix()}, nil
}

// Raw is the JSON of an object of the client's own; nil where there is none.
func Raw(values map[string]any) (json.RawMessage, error) {
	if len(values) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("present: %w", err)
	}
	return raw, nil
}
