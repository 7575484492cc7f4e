package msg91

import (
	"context"
	"encoding/json"
	"net/url"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// statuses are the statuses of reports.
var statuses = map[string]delivery.Status{
	"1":  delivery.StatusDelivered,
	"2":  delivery.StatusFailed,
	"9":  delivery.StatusFailed,
	"16": delivery.StatusFailed,
	"17": delivery.StatusFailed,
	"25": delivery.StatusFailed,
}

type (
	// Callback handles delivery reports (webhook, version 2). They are not signed but contain
	// a secret.
	Callback struct {
		secret   string
		receipts delivery.Receipts
	}

	request struct {
		ID      string   `json:"requestId"`
		Reports []report `json:"report"`
	}

	report struct {
		Status   string `json:"status"`
		ClientID string `json:"clientid"`
	}
)

// NewCallback returns a Callback. Without a secret it refuses everything.
func NewCallback(secret string, receipts delivery.Receipts) *Callback {
	return &Callback{secret, receipts}
}

// Take takes a form whose field data has the reports as JSON. It fails with apperr.Forbidden and
// apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, query, authorization string, form []byte) error {
	if !wire.Shown(c.secret, query, authorization) {
		return apperr.New(apperr.Forbidden)
	}
	values, _ := url.ParseQuery(string(form)) // a malformed form has no reports
	var requests []request
	if json.Unmarshal([]byte(values.Get("data")), &requests) != nil {
		return nil
	}
	for _, r := range requests {
		for _, report := range r.Reports {
			told, known := statuses[report.Status]
			if !known {
				continue
			}
			receipt := delivery.Receipt{Ref: report.ClientID, ID: r.ID, Status: told}
			if told == delivery.StatusFailed {
				receipt.Reason = receiptRules.Judge(report.Status).Reason
			}
			if err := c.receipts.Take(ctx, receipt); err != nil {
				return err
			}
		}
	}
	return nil
}
