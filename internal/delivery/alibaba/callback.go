package alibaba

import (
	"context"
	"encoding/json"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// taken is the answer to a report. After any other answer the API repeats the report.
const taken = `{"code":0,"msg":"success"}`

type (
	// Callback handles reports (SmsReport over HTTP). They are not signed but contain a
	// secret.
	Callback struct {
		secret   string
		receipts delivery.Receipts
	}

	report struct {
		Success bool   `json:"success"`
		Code    string `json:"err_code"`
		BizID   string `json:"biz_id"`
		OutID   string `json:"out_id"`
	}
)

// NewCallback returns a Callback. Without a secret it refuses everything.
func NewCallback(secret string, receipts delivery.Receipts) *Callback {
	return &Callback{secret, receipts}
}

// Take takes a list of reports and returns the answer that the API expects. It fails with
// apperr.Forbidden and apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, query, authorization string, body []byte) (string, error) {
	if !wire.Shown(c.secret, query, authorization) {
		return "", apperr.New(apperr.Forbidden)
	}
	var reports []report
	if json.Unmarshal(body, &reports) != nil {
		return taken, nil // the API would repeat it endlessly
	}
	for _, r := range reports {
		receipt := delivery.Receipt{Ref: r.OutID, ID: r.BizID, Status: delivery.StatusDelivered}
		if !r.Success {
			receipt.Status, receipt.Reason = delivery.StatusFailed, receiptRules.Judge(r.Code).Reason
		}
		if err := c.receipts.Take(ctx, receipt); err != nil {
			return "", err
		}
	}
	return taken, nil
}
