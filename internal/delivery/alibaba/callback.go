package alibaba

import (
	"context"
	"encoding/json"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// taken is what the API wants to hear of a report; else it sends it again.
const taken = `{"code":0,"msg":"success"}`

type (
	// Callback takes the reports (SmsReport over HTTP). Nobody signs them: they show a
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

// NewCallback returns a Callback. One without a secret refuses everything.
func NewCallback(secret string, receipts delivery.Receipts) *Callback {
	return &Callback{secret, receipts}
}

// Take takes a list of reports and returns the answer that the API wants. Fails with
// apperr.Forbidden and apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, query, authorization string, body []byte) (string, error) {
	if !wire.Shown(c.secret, query, authorization) {
		return "", apperr.New(apperr.Forbidden)
	}
	var reports []report
	if json.Unmarshal(body, &reports) != nil {
		return taken, nil // it would come again for ever
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
