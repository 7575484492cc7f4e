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
	// surveyShown bounds the numbers that are listed.
	surveyShown = 10
)

// survey is what today's plans say of the numbers that are kept.
type survey struct {
	looked, outside, old int
	// partly says that there are more than were looked at.
	partly bool
	// some are of those that no plan has.
	some []string
}

// surveyNumbers looks at numbers by their order, at most so many; 0 is all. After each
// batch it calls each with how many it has looked at.
func surveyNumbers(ctx context.Context, accounts *account.Accounts, most int, each func(looked int)) (survey, error) {
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
		s.looked += len(page)
		each(s.looked)
		switch {
		case len(page) < surveyBatch:
			return s, nil
		case most > 0 && s.looked >= most:
			s.partly = true
			return s, nil
		}
		after = page[len(page)-1].Phone
	}
}

// well reports whether there is nothing to be done.
func (s survey) well() bool { return s.outside == 0 && s.old == 0 }

func (s survey) String() string {
	of := fmt.Sprintf("of %d numbers", s.looked)
	if s.partly {
		of = fmt.Sprintf("of the first %d numbers", s.looked)
	}
	if s.well() {
		return of + " all are in today's plans"
	}
	text := fmt.Sprintf("%s %d are in no plan of today, and %d in an older spelling, which `numbers migrate` changes", of, s.outside, s.old)
	if len(s.some) > 0 {
		text += "; in no plan: " + strings.Join(s.some, ", ")
	}
	if more := s.outside - len(s.some); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
