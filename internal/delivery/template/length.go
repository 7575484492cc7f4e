package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"user-api/internal/channel"
)

const (
	// longestCode and longestMinutes are the longest values of a text's placeholders.
	longestCode    = "0000000000"
	longestMinutes = 10
	// shortestApp is the shortest name.
	shortestApp = "A"
)

// Check reports whether every text message has room for a name of the app: with a name of one
// letter it must fit one segment, or two with the lines for programs. The error lists every
// problem, one per line.
func (s *Set) Check(app string) error {
	if strings.TrimSpace(app) == "" || strings.ContainsFunc(app, forbidden) {
		return errors.New("template: the name of the app is empty or has control characters")
	}
	var problems []error
	for _, t := range s.texts {
		for _, m := range s.measure(t, shortestApp) {
			if m.segments > m.most {
				problems = append(problems, fmt.Errorf("template: %s: %s takes %d segments with a name of one letter, want at most %d%s",
					t.file, m.name, m.segments, m.most, s.because()))
			}
		}
	}
	return errors.Join(problems...)
}

// Cost describes which text messages take more segments than necessary with this name of the
// app, each of which is billed. It returns "" if there are none.
func (s *Set) Cost(app string) string {
	byNumber := map[int][]string{}
	for _, t := range s.texts {
		most := 0
		for _, m := range s.measure(t, app) {
			if m.segments > m.most {
				most = max(most, m.segments)
			}
		}
		if most > 0 {
			byNumber[most] = append(byNumber[most], t.tag.String())
		}
	}
	var costs []string
	for n := range maxSegments {
		if languages := byNumber[n]; len(languages) > 0 {
			costs = append(costs, fmt.Sprintf("%d segments in %s", n, strings.Join(languages, ", ")))
		}
	}
	if len(costs) == 0 {
		return ""
	}
	why := "it is long"
	if lacking := lacking(app); lacking != "" {
		why = fmt.Sprintf("GSM-7 lacks its %q, so a segment has room for 70 characters instead of 160", lacking)
	}
	return fmt.Sprintf("with the name of the app, %q, text messages take up to %s, and each segment is billed: %s", app, strings.Join(costs, ", "), why)
}

// maxSegments is more than any text can take, because texts and names are bounded.
const maxSegments = 100

// measured is the maximum length of a text message.
type measured struct {
	name           string
	segments, most int
}

// measure measures every text message of a language.
func (s *Set) measure(t *texts, app string) (all []measured) {
	most := 1
	if len(s.tail) > 0 {
		most = 2
	}
	for _, purpose := range Purposes {
		r := Request{App: app, Channel: channel.SMS, Purpose: purpose, Code: longestCode, Minutes: longestMinutes}
		all = append(all, measured{"codes." + purpose + ".sms", Segments(s.sms(t, r)), most})
	}
	for _, notice := range notices() {
		all = append(all, measured{"notices." + notice + ".sms", Segments(fill(t.Notices[notice].Sms, Request{App: app})), 1})
	}
	return all
}

// because completes the description of a problem.
func (s *Set) because() string {
	if len(s.tail) == 0 {
		return ""
	}
	return " with the lines of Otp.WebOtpDomain and Otp.AndroidHash"
}

// lacking returns the characters that GSM-7 lacks, each once.
func lacking(text string) string {
	var found []rune
	for _, r := range text {
		if gsm7Cost(r) == 0 && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return string(found)
}
