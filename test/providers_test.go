package test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"user-api/internal/delivery/alibabatest"
	"user-api/internal/delivery/meta"
	"user-api/internal/delivery/metatest"
	"user-api/internal/delivery/msg91test"
	"user-api/test/kit"
)

const (
	shown = "t0kenThatReportsShow-0123456789abcdef"
	// metaToken is the token that Meta sends to verify the callback URL.
	metaToken = shown
)

// told is a provider whose messages and receipts are tested over HTTP.
type told struct {
	options kit.Option
	body    object
	// sent returns the reference and the code of the last message.
	sent func() (ref, code string)
	// receipt returns a request with the status of the message; genuine or not.
	receipt func(ref, status string, genuine bool) kit.Request
	// answer is the expected answer to a receipt.
	status int
	answer string
}

func tellers(t *testing.T) map[string]told {
	ali := alibabatest.New(t, "LTAI5tExample", "s3cret")
	msg := msg91test.New(t, "k3y")
	wa := metatest.New(t, "106540352242922", "t0ken")
	query := func(genuine bool) string {
		if genuine {
			return "?token=" + shown
		}
		return "?token=another"
	}
	sms := func(options, template string) kit.Option {
		return kit.Option(fmt.Sprintf("Sms: {AllowedRegions: [IN], %s}\nDelivery: {Templates: [{%s, Id: t1, Variables: [VAR1=code]}, {%[2]s, Id: t2, Purpose: notice}]}", options, template))
	}
	return map[string]told{
		"alibaba": {
			options: sms(fmt.Sprintf("Provider: alibaba, Alibaba: {AccessKeyId: LTAI5tExample, AccessKeySecret: s3cret, CallbackSecret: %s, Endpoint: %q}", shown, ali.URL), "Sign: Acme"),
			body:    object{"phone": phone},
			sent: func() (string, string) {
				all := ali.Requests()
				var values struct{ VAR1 string }
				_ = json.Unmarshal([]byte(all[len(all)-1].Query.Get("TemplateParam")), &values)
				return all[len(all)-1].Query.Get("OutId"), values.VAR1
			},
			receipt: func(ref, status string, genuine bool) kit.Request {
				code := map[string]string{"failed": "USER_REJECT", "delivered": "DELIVERED"}[status]
				body := fmt.Sprintf(`[{"success":%t,"err_code":%q,"biz_id":"1^0","out_id":%q}]`, status == "delivered", code, ref)
				return kit.Request{Method: "POST", Path: "/webhook/alibaba/status" + query(genuine), Body: json.RawMessage(body)}
			},
			status: 200, answer: `"code":0`,
		},
		"msg91": {
			options: sms(fmt.Sprintf("Provider: msg91, Msg91: {AuthKey: k3y, CallbackSecret: %s, BaseUrl: %q}", shown, msg.URL), "Country: IN"),
			body:    object{"phone": phone},
			sent: func() (string, string) {
				all := msg.Requests()
				return all[len(all)-1].ClientID, all[len(all)-1].Recipients[0]["VAR1"]
			},
			receipt: func(ref, status string, genuine bool) kit.Request {
				number := map[string]string{"failed": "17", "delivered": "1"}[status]
				data := fmt.Sprintf(`[{"requestId":"346","report":[{"status":%q,"clientid":%q}]}]`, number, ref)
				return kit.Request{
					Method: "POST", Path: "/webhook/msg91/status" + query(genuine), Body: url.Values{"data": {data}}.Encode(),
					Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
				}
			},
			status: 204,
		},
		"meta": {
			options: kit.Option(fmt.Sprintf("Sms: {Channels: [sms, whatsapp], AllowedRegions: [IN], Meta: {PhoneNumberId: \"106540352242922\", Token: t0ken, BaseUrl: %q, AppSecret: appsecret, VerifyToken: %s}}\n"+
				"Delivery: {Routes: [{Channel: whatsapp, Via: [meta]}], Templates: [{Channel: whatsapp, Id: verification_code, Language: en_US, Variables: [code]}]}", wa.URL, shown)),
			body: object{"phone": phone, "channel": "whatsapp"},
			sent: func() (string, string) {
				all := wa.Messages()
				var sent struct {
					Ref      string `json:"biz_opaque_callback_data"`
					Template struct {
						Components []struct {
							Parameters []struct{ Text string }
						}
					}
				}
				_ = json.Unmarshal([]byte(all[len(all)-1]), &sent)
				return sent.Ref, sent.Template.Components[0].Parameters[0].Text
			},
			receipt: func(ref, status string, genuine bool) kit.Request {
				body := fmt.Sprintf(`{"entry":[{"changes":[{"value":{"statuses":[{"id":"wamid.1","status":%q,"biz_opaque_callback_data":%q,"errors":[{"code":131026}]}]}}]}]}`, status, ref)
				secret := "another"
				if genuine {
					secret = "appsecret"
				}
				return kit.Request{
					Method: "POST", Path: "/webhook/meta/status", Body: json.RawMessage(body),
					Header: map[string]string{"X-Hub-Signature-256": meta.Sign(secret, []byte(body))},
				}
			},
			status: 204,
		},
	}
}

// Each provider with plain HTTP delivers a code that signs in, and its receipts are
// accepted only with their proof.
func TestProviders(t *testing.T) {
	t.Parallel()
	for name, p := range tellers(t) {
		t.Run(name, func(t *testing.T) {
			app := kit.New(t, kit.Embedded, p.options)
			ask := app.Post("/user/otp", p.body)
			ask.Want(t, 200, "")
			id := ask.Text("otpId")
			is := func(want string) bool {
				got := app.Get("/user/otp/"+id, "")
				return strings.TrimSpace(got.Text("status")+" "+got.Text("reason")) == want
			}
			app.Await("status sent", func() bool { return is("sent") })
			ref, code := p.sent()
			app.Do(p.receipt(ref, "delivered", false)).Want(t, 403, "forbidden")
			if !is("sent") {
				t.Fatal("a receipt without its proof is accepted")
			}
			for _, status := range []string{"failed", "delivered"} {
				if got := app.Do(p.receipt(ref, status, true)); got.Status != p.status || !strings.Contains(string(got.Body), p.answer) {
					t.Fatalf("%s is answered with %d %s, want %d %s", status, got.Status, got.Body, p.status, p.answer)
				}
				if got := app.Get("/user/otp/"+id, ""); got.Text("status") != status {
					t.Fatalf("after %s the status is %s", status, got.Body)
				}
			}
			app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		})
	}
}

// Meta verifies the callback URL, and no other client can.
func TestProviders_handshake(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, tellers(t)["meta"].options)
	ask := func(provider, token string) kit.Response {
		return app.Get("/webhook/"+provider+"/status?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="+token, "")
	}
	if got := ask("meta", shown); got.Status != 200 || string(got.Body) != "1158201444" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	ask("meta", "another").Want(t, 403, "forbidden")
	ask("twilio", shown).Want(t, 404, "not_found")
	ask("http", shown).Want(t, 404, "not_found")
	ask("pigeon", shown).Want(t, 404, "not_found")
}
