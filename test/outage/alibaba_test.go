package outage

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/alibaba"
	"user-api/internal/delivery/alibabatest"
)

// alibabaCode matches a code or a prefix of codes.
var alibabaCode = regexp.MustCompile("`([A-Za-z_.]+)`")

// byAlibaba returns an API that gives this answer about bad numbers.
func byAlibaba(answer alibabatest.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		api := alibabatest.New(t, account, secret)
		url, requests := inFront(t, api, func() { api.Script(answer) })
		s, err := alibaba.New(alibaba.Options{
			KeyID: account, KeySecret: secret, Endpoint: url, Templates: oneTemplate(delivery.SMS), Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

func alibabaExamples() plays {
	refused, said := alibabatest.Refused, alibabatest.Said
	all := plays{
		"5xx":                {byAlibaba(said(503, "ServiceUnavailable")), byAlibaba(alibabaHTML(502))},
		"429 without a code": {byAlibaba(alibabaHTML(429))},
		"any other code":     {byAlibaba(refused("isv.A_NEW_ONE")), byAlibaba(refused("A_NEW_ONE")), byAlibaba(said(400, "MissingPhoneNumbers"))},
		"any other answer":   {byAlibaba(alibabaHTML(200)), byAlibaba(alibabaHTML(302)), byAlibaba(alibabaHTML(404))},
	}
	for _, row := range alibaba.Rows() {
		for _, code := range alibabaCode.FindAllStringSubmatch(row.Answer, -1) {
			all[row.Answer] = append(all[row.Answer], byAlibaba(refused(code[1])))
		}
	}
	return all
}

func alibabaHTML(status int) alibabatest.Answer {
	return func(w http.ResponseWriter) { plain(status)(w, nil) }
}
