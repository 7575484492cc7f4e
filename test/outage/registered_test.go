package outage

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/alibaba"
	"user-api/internal/delivery/alibabatest"
	"user-api/internal/delivery/meta"
	"user-api/internal/delivery/metatest"
	"user-api/internal/delivery/msg91"
	"user-api/internal/delivery/msg91test"
)

// word is what stands in backticks in a row.
var word = regexp.MustCompile("`([^`]+)`")

// inFront is a server that answers requests about bad numbers, and leaves the others to
// the provider.
func inFront(t *testing.T, provider http.Handler, answer func(http.ResponseWriter)) (url string, requests func() int) {
	t.Helper()
	var n atomic.Int64
	bad := strings.TrimPrefix(badNumbers, "+")
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(r.URL.RawQuery, bad) || bytes.Contains(body, []byte(bad)) {
			answer(w)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		provider.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL, func() int { return int(n.Load()) }
}

func template(channel delivery.Channel) delivery.Templates {
	return delivery.NewTemplates("Acme", []delivery.Template{{
		Channel: channel, ID: "a1", Sign: "Acme", Header: "ACMEIN", Language: "en", Variables: []delivery.Variable{{Name: "code", Value: "code"}},
	}})
}

func byMeta(answer metatest.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		url, requests := inFront(t, metatest.New(t, "106540352242922", secret), answer)
		s, err := meta.New(meta.Options{
			PhoneNumberID: "106540352242922", Token: secret, BaseURL: url + "/v23.0", Templates: template(delivery.WhatsApp),
		})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.WhatsApp, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

func byAlibaba(answer alibabatest.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		url, requests := inFront(t, alibabatest.New(t, "key", secret), answer)
		s, err := alibaba.New(alibaba.Options{
			KeyID: "key", KeySecret: secret, Endpoint: url, Templates: template(delivery.SMS), Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

func byMSG91(answer msg91test.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		url, requests := inFront(t, msg91test.New(t, secret), answer)
		s, err := msg91.New(msg91.Options{AuthKey: secret, BaseURL: url, Templates: template(delivery.SMS)})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: s, requests: requests}
	}
}

// bare answers with a status and nothing of the provider's.
func bare(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, "<html>")
	}
}

// coded adds an example for each word in backticks of the rows.
func coded(all plays, rows []delivery.Row, by func(code string) func(t *testing.T) play) plays {
	for _, row := range rows {
		for _, code := range word.FindAllStringSubmatch(row.Answer, -1) {
			if play := by(code[1]); play != nil {
				all[row.Answer] = append(all[row.Answer], play)
			}
		}
	}
	return all
}

func metaExamples() plays {
	all := plays{
		"5xx":                       {byMeta(bare(503))},
		"any other code":            {byMeta(metatest.Refused(400, 999999))},
		"429 without a code":        {byMeta(bare(429))},
		"401 or 403 without a code": {byMeta(bare(401))},
		"any other answer":          {byMeta(bare(404))},
	}
	return coded(all, meta.Rows(), func(code string) func(*testing.T) play {
		n, err := strconv.Atoi(code)
		if err != nil {
			return nil
		}
		return byMeta(metatest.Refused(400, n))
	})
}

func alibabaExamples() plays {
	all := plays{
		"5xx":                {byAlibaba(bare(503))},
		"429 without a code": {byAlibaba(bare(429))},
		"any other `isv.` code; a 4xx with any other code": {byAlibaba(alibabatest.Refused("isv.SOMETHING")), byAlibaba(alibabatest.Said(400, "Something"))},
		"any other answer": {byAlibaba(bare(200))},
	}
	return coded(all, alibaba.Rows(), func(code string) func(*testing.T) play {
		if strings.HasSuffix(code, ".") {
			return nil
		}
		return byAlibaba(alibabatest.Refused(code))
	})
}

func msg91Examples() plays {
	all := plays{
		"5xx":                            {byMSG91(bare(503))},
		"429":                            {byMSG91(bare(429))},
		"401, 403 or 418 without a code": {byMSG91(bare(401))},
		"any other error or 4xx":         {byMSG91(msg91test.Refused(200, 999)), byMSG91(bare(404))},
		"any other answer":               {byMSG91(bare(200))},
	}
	return coded(all, msg91.Rows(), func(code string) func(*testing.T) play {
		n, err := strconv.Atoi(code)
		if err != nil {
			return nil
		}
		return byMSG91(msg91test.Refused(200, n))
	})
}
