package outage

import (
	"strconv"
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/delivery/msg91"
	"user-api/internal/delivery/msg91test"
)

// byMsg91 returns an API that gives this answer about bad numbers.
func byMsg91(answer msg91test.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		api := msg91test.New(t, secret)
		url, requests := inFront(t, api, func() { api.Script(answer) })
		s, err := msg91.New(msg91.Options{AuthKey: secret, BaseURL: url, Templates: oneTemplate(delivery.SMS)})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

func msg91Examples() plays {
	html := func(status int) func(t *testing.T) play { return byMsg91(msg91test.Said(status, "<html>")) }
	all := plays{
		"5xx":                            {html(502), byMsg91(msg91test.Refused(500, 999))},
		"429":                            {html(429), byMsg91(msg91test.Refused(429, 999))},
		"401, 403 or 418 without a code": {html(401), html(403), html(418), byMsg91(msg91test.Said(401, `{"status":"fail","errors":"Unauthorized"}`))},
		"any other error or 4xx":         {byMsg91(msg91test.Refused(200, 310)), byMsg91(msg91test.Said(200, `{"message":"template id missing","type":"error"}`)), html(404)},
		"any other answer":               {html(200), html(302)},
	}
	for _, row := range msg91.Rows() {
		for _, text := range backticked.FindAllStringSubmatch(row.Answer, -1) {
			if code, err := strconv.Atoi(text[1]); err == nil {
				all[row.Answer] = append(all[row.Answer], byMsg91(msg91test.Refused(200, code)))
			}
		}
	}
	return all
}
