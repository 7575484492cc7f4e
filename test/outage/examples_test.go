package outage

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
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

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/gatewaytest"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/smtp"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/keyring"
)

type plays = map[string][]func(t *testing.T) play

const (
	account = "AC0123456789abcdef0123456789abcdef"
	apiKey  = "SK0123456789abcdef0123456789abcdef"
	secret  = "apisecret0123456789"
	// badNumbers lists prefixes of the numbers that providers answer about.
	badNumbers = "+9198765000"
)

var backticked = regexp.MustCompile("`([a-z0-9_]+)`")

func badNumber(n int) string  { return fmt.Sprintf(badNumbers+"%02d", n) }
func goodNumber(n int) string { return fmt.Sprintf("+9198765111%02d", n) }
func badMail(n int) string    { return fmt.Sprintf("someone%d@bad.example", n) }
func goodMail(n int) string   { return fmt.Sprintf("someone%d@good.example", n) }

// byTwilio returns a Messages API that gives this answer about bad numbers.
func byTwilio(answer twiliotest.Answer) func(t *testing.T) play {
	return func(t *testing.T) play {
		api := twiliotest.New(t, account, apiKey, secret)
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err == nil && strings.HasPrefix(r.PostForm.Get("To"), badNumbers) {
				api.Script(answer)
			}
			api.ServeHTTP(w, r)
		}))
		t.Cleanup(front.Close)
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: newTwilio(t, front.URL), requests: func() int { return len(api.Requests()) }}
	}
}

func newTwilio(t *testing.T, url string) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(twilio.Options{AccountSID: account, APIKey: apiKey, APISecret: secret, From: "+15005550006", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byGateway returns a service that gives this answer about bad numbers.
func byGateway(answer gatewaytest.Answer) func(t *testing.T) play {
	return byService(func(w http.ResponseWriter, r *http.Request, to string) bool {
		if !strings.HasPrefix(to, badNumbers) {
			return false
		}
		answer(w, r)
		return true
	})
}

// byService returns a service that leaves some requests to another handler.
func byService(answers func(w http.ResponseWriter, r *http.Request, to string) bool) func(t *testing.T) play {
	return func(t *testing.T) play {
		service := gatewaytest.New(t, secret)
		var requests atomic.Int64
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			var m gatewaytest.Request
			if json.Unmarshal(body, &m) != nil || !answers(w, r, m.To) {
				service.ServeHTTP(w, r)
			}
		}))
		t.Cleanup(front.Close)
		s, err := gateway.New(gateway.Options{URL: front.URL, Secret: secret, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: s, requests: func() int { return int(requests.Load()) }}
	}
}

// hang does not answer until the client gives up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func plain(status int, header ...string) gatewaytest.Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		if len(header) == 2 {
			w.Header().Set(header[0], header[1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, "<html>")
	}
}

func silently(open func(t *testing.T) play) func(t *testing.T) play {
	return func(t *testing.T) play {
		p := open(t)
		p.silent = true
		return p
	}
}

func wireExamples() plays {
	closed := func(t *testing.T) play {
		s := httptest.NewServer(http.NotFoundHandler())
		s.Close()
		return play{channel: delivery.SMS, bad: badNumber, good: goodNumber, sender: newTwilio(t, s.URL)}
	}
	return plays{
		"no connection: DNS, dial or TLS fails":  {closed},
		"no answer in time":                      {silently(byTwilio(twiliotest.Stalled()))},
		"the connection is cut once it was made": {byTwilio(twiliotest.Cut()), byTwilio(twiliotest.CutEarly())},
	}
}

func gatewayExamples() plays {
	all := plays{
		"5xx":                            {byGateway(plain(503)), byGateway(plain(500))},
		"3xx":                            {byGateway(plain(307, "Location", "/elsewhere"))},
		"401 without a word of the list": {byGateway(plain(401))},
		"429 without a word of the list": {byGateway(plain(429))},
		"any other 4xx without a word of the list": {byGateway(plain(403)), byGateway(plain(404))},
		"any other answer":                         {byGateway(plain(200))},
	}
	for _, row := range gateway.Rows() {
		if word := backticked.FindStringSubmatch(row.Answer); word != nil {
			all[row.Answer] = append(all[row.Answer], byGateway(gatewaytest.Result(word[1])))
		}
	}
	return all
}

func twilioExamples() plays {
	html := func(status int) twiliotest.Answer {
		return func(w http.ResponseWriter, r *http.Request, _ *twiliotest.Server) { plain(status)(w, r) }
	}
	all := plays{
		"5xx":                                   {byTwilio(twiliotest.ServerError()), byTwilio(twiliotest.BadGateway()), byTwilio(twiliotest.Refused(503, 21211))},
		"3xx, or a 2xx without a message in it": {byTwilio(twiliotest.Redirected("/elsewhere")), byTwilio(twiliotest.Garbled())},
		"401":                                   {byTwilio(twiliotest.Refused(401, 0)), byTwilio(html(401))},
		"429 without a code":                    {byTwilio(html(429))},
		"429 with any other code":               {byTwilio(twiliotest.Refused(429, 14107))},
		"any other 4xx, 403 too; created as failed": {byTwilio(twiliotest.Refused(403, 0)), byTwilio(twiliotest.Refused(400, 29999)), byTwilio(twiliotest.Born("failed", 0))},
	}
	for _, row := range twilio.Rows() {
		for _, text := range backticked.FindAllStringSubmatch(row.Answer, -1) {
			code, err := strconv.Atoi(text[1])
			if err != nil {
				continue
			}
			all[row.Answer] = append(all[row.Answer], byTwilio(twiliotest.Refused(400, code)), byTwilio(twiliotest.Born("failed", code)))
		}
	}
	return all
}

// byMail returns a mail server that gives this answer at a step: to bad recipients, or to
// everyone before it knows the recipient.
func byMail(step, answer string, change ...func(*smtp.Options)) func(t *testing.T) play {
	return func(t *testing.T) play {
		s := newMailServer(t)
		s.set(func(at, to string) string {
			if at == step && (to == "" || step == "MAIL" || step == "EHLO" || strings.HasSuffix(to, "@bad.example")) {
				return answer
			}
			return ""
		})
		if answer == silence {
			change = append(change, func(o *smtp.Options) { o.Timeout = patience })
		}
		return play{channel: delivery.Email, bad: badMail, good: goodMail, sender: s.sender(t, change...), requests: s.requests,
			silent: answer == silence, everybody: step != "RCPT" && step != "DATA" && step != "end"}
	}
}

func smtpExamples() plays {
	return plays{
		"no STARTTLS; a certificate that is not the server's": {byMail("", "", func(o *smtp.Options) { o.TLS = smtp.StartTLS })},
		"no authentication mechanism that we support":         {byMail("EHLO", "250 mail.test")},
		"no connection, no answer, or a lost one, before RCPT": {
			byMail("connect", cut), byMail("connect", silence), byMail("EHLO", cut), byMail("AUTH", silence), byMail("MAIL", cut), byMail("MAIL", silence),
		},
		"421 and any 4xx before RCPT":                {byMail("connect", "421 4.3.2 later"), byMail("AUTH", "454 4.7.0 later"), byMail("MAIL", "451 4.3.0 later"), byMail("MAIL", "421 4.3.2 later")},
		"5xx to AUTH; 530, 534, 535 and 538 to MAIL": {byMail("AUTH", "535 5.7.8 no"), byMail("MAIL", "530 5.7.0 no")},
		"5xx to the greeting, EHLO or STARTTLS":      {byMail("connect", "554 no")},
		"any other 5xx to MAIL; 5.1.7 and 5.1.8":     {byMail("MAIL", "550 5.7.1 no"), byMail("RCPT", "554 5.1.8 no")},
		"421 and any 4xx from RCPT on, greylisting among them": {
			byMail("RCPT", "450 4.2.0 greylisted"), byMail("RCPT", "421 4.7.0 later"), byMail("RCPT", "452 4.5.3 later"), byMail("DATA", "451 4.3.0 later"), byMail("end", "451 4.7.1 greylisted"),
		},
		"no or a malformed answer to RCPT or DATA, or a connection lost there": {
			byMail("RCPT", cut), byMail("RCPT", silence), byMail("RCPT", "nonsense"), byMail("DATA", cut), byMail("DATA", silence),
		},
		"any other 5.1.x; 550, 551 and 553 to RCPT without an enhanced code": {
			byMail("RCPT", "550 5.1.1 no"), byMail("RCPT", "550 no"), byMail("RCPT", "553 no"), byMail("end", "550 5.1.1 no"),
		},
		"any other 5xx to RCPT":                  {byMail("RCPT", "552 5.2.2 full"), byMail("RCPT", "530 5.7.0 no"), byMail("RCPT", "550 5.7.1 no")},
		"any other 5xx to DATA or the final dot": {byMail("DATA", "554 5.7.1 no"), byMail("end", "554 5.7.1 no")},
		"a malformed answer to the final dot":    {byMail("end", "nonsense")},
		"no answer to the final dot in time":     {byMail("end", silence)},
		"a connection lost after the final dot":  {byMail("end", cut)},
	}
}

func inboxExamples() plays {
	all := plays{}
	for _, row := range inbox.Rows() {
		number := backticked.FindStringSubmatch(strings.ReplaceAll(row.Answer, "+", ""))[1]
		all[row.Answer] = append(all[row.Answer], func(t *testing.T) play {
			client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), Protocol: 2})
			t.Cleanup(func() { _ = client.Close() })
			ring, err := keyring.New([]byte(strings.Repeat("s", 32)), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			bad := func(int) string { return "+" + number }
			return play{channel: delivery.SMS, bad: bad, good: goodNumber, sender: inbox.New(client, ring, nil, time.Now)}
		})
	}
	return all
}
