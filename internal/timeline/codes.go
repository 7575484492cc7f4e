package timeline

import (
	"context"
	"iter"
	"time"

	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/model"
)

const codesPage = 1000

// Codes iterates over the steps by which codes were requested or used between two times,
// oldest first. It reads a page at a time and ends with the first error.
func Codes(ctx context.Context, steps model.DeliveryModel, from, until time.Time) iter.Seq2[*model.Delivery, error] {
	return func(yield func(*model.Delivery, error) bool) {
		after, end := batch.Before(from), batch.Before(until)
		for {
			page, err := steps.Codes(ctx, after, codesPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, step := range page {
				if after = step.Id; after >= end {
					return
				}
				if step.Reason != string(event.ForNotice) && !yield(step, nil) {
					return
				}
			}
			if len(page) < codesPage {
				return
			}
		}
	}
}
