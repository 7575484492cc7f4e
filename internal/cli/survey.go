package cli

import (
	"context"
	"fmt"
	"strings"

	"user-api/internal/account"
	"user-api/internal/address"
)

const (
	surveyBatch = 1000
	// surveyShown limits the listed numbers.
	surveyShown = 10
)

// survey is the result of checking stored numbers against the current numbering plans.
type survey struct {
	checked, outside, old int
	// partial means that there are more numbers.
	partial bool
	// some lists a few of the numbers outside all plans.
	some []string
}

// surveyNumbers checks at most most numbers in order; 0 means all. After each batch it
// calls each with the number of checked numbers.
func surveyNumbers(ctx context.Context, accounts *account.Accounts, most int, each func(checked int)) (survey, error) {
	var s survey
	for after := ""; ; {
		page, err := accounts.Numbers(ctx, "", after, surveyBatch)
		if err != nil {
			return s, err
		}
		for _, n := range page {
			address := address.Stored(address.KindPhone, n.Phone)
			switch {
			case !address.InPlan():
				s.outside++
				if len(s.some) < surveyShown {
					s.some = append(s.some, fmt.Sprintf("%s of user %d", address, n.Id))
				}
			case address.Canonical() != n.Phone:
				s.old++
			}
		}
		s.checked += len(page)
		each(s.checked)
		switch {
		case len(page) < surveyBatch:
			return s, nil
		case most > 0 && s.checked >= most:
			s.partial = true
			return s, nil
		}
		after = page[len(page)-1].Phone
	}
}

// ok reports whether there is nothing to do.
func (s survey) ok() bool { return s.outside == 0 && s.old == 0 }

func (s survey) String() string {
	of := fmt.Sprintf("of %d numbers", s.checked)
	if s.partial {
		of = fmt.Sprintf("of the first %d numbers", s.checked)
	}
	if s.ok() {
		return of + " all are in current numbering plans"
	}
	text := fmt.Sprintf("%s %d are in no current numbering plan, and %d in an outdated format, which `numbers migrate` converts", of, s.outside, s.old)
	if len(s.some) > 0 {
		text += "; in no plan: " + strings.Join(s.some, ", ")
	}
	if more := s.outside - len(s.some); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
