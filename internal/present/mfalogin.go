package present

import (
	"encoding/json"
	"fmt"
	"time"

	"user-api/internal/types"
)

// MfaReset converts the time at which a reset of second factors takes effect.
func MfaReset(due time.Time, err error) (*types.MfaResetResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.MfaResetResp{DueAt: due.Unix()}, nil
}

// Raw encodes an object of the client; nil if it is empty.
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
