package export

import "context"

// totpStep is the length of a TOTP step in seconds.
const totpStep = 30

type (
	mfaSection struct {
		CreatedAt     int64          `json:"createdAt,omitempty"`
		TotpSince     int64          `json:"totpSince,omitempty"`
		LastCodeAt    int64          `json:"lastCodeAt,omitempty"`
		LastTryAt     int64          `json:"lastTryAt,omitempty"`
		FailedInARow  int64          `json:"failedInARow,omitempty"`
		RequiredSince int64          `json:"requiredSince,omitempty"`
		ResetDueAt    int64          `json:"resetDueAt,omitempty"`
		RecoveryCodes []recoveryCode `json:"recoveryCodes"`
	}

	recoveryCode struct {
		CreatedAt int64 `json:"createdAt"`
		UsedAt    int64 `json:"usedAt,omitempty"`
	}
)

// mfa describes the second factors, without secrets.
func (e *Exporter) mfa(ctx context.Context, s subject) (any, error) {
	section := mfaSection{RecoveryCodes: []recoveryCode{}}
	row, codes, err := e.Factors.Rows(ctx, s.Id)
	if err != nil || row == nil {
		return section, err
	}
	section.CreatedAt, section.TotpSince, section.LastCodeAt = row.Created/1000, row.Confirmed/1000, row.Step*totpStep
	section.LastTryAt, section.FailedInARow = row.Minute/1000, row.Failed
	section.RequiredSince, section.ResetDueAt = row.Required/1000, row.ResetDue/1000
	for _, c := range codes {
		section.RecoveryCodes = append(section.RecoveryCodes, recoveryCode{CreatedAt: c.Created / 1000, UsedAt: c.Used / 1000})
	}
	return section, nil
}
