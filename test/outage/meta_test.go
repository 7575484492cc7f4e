package outage

import (
	"strconv"
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/delivery/meta"
	"user-api/internal/delivery/metatest"
)

// byMeta returns an API that gives this answer about bad numbers.
func byMeta(answer metatest.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		api := metatest.New(t, account, secret)
		url, requests := inFront(t, api, func() { api.Script(answer) })
		s, err := meta.New(meta.Options{PhoneNumberID: account, Token: secret, BaseURL: url + "/v23.0", Templates: oneTemplate(delivery.WhatsApp)})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.WhatsApp, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

func metaExamples() plays {
	html := func(status int) func(t *testing.T) play { return byMeta(metatest.Said(status, "<html>")) }
	all := plays{
		"5xx":                       {html(502), byMeta(metatest.Refused(500, 999999))},
		"any other code":            {byMeta(metatest.Refused(400, 999999)), byMeta(metatest.Refused(403, 999999)), byMeta(metatest.Refused(429, 999999))},
		"429 without a code":        {html(429)},
		"401 or 403 without a code": {html(401), html(403)},
		"any other answer":          {html(200), html(302), html(404), byMeta(metatest.Said(200, `{"messaging_product":"whatsapp","messages":[]}`))},
	}
	for _, row := range meta.Rows() {
		for _, text := range backticked.FindAllStringSubmatch(row.Answer, -1) {
			if code, err := strconv.Atoi(text[1]); err == nil {
				all[row.Answer] = append(all[row.Answer], byMeta(metatest.Refused(400, code)))
			}
		}
	}
	return all
}
