package captcha

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

const earned = `{"captcha_id":"647f5ed2ed8acb4be36784e01556bb71","lot_number":"4dc3cfc2cdff448cad8d13107198d473",` +
	`"captcha_output":"r-npFi9qNlfgy_zgvhB4k0519xpmbTQLGXBC19aY4E0=","pass_token":"4b774095664ce55ad3ffe5c73b26af02","gen_time":"1682136049"}`

// The request to GeeTest contains exactly the four values and a signature of the first.
func TestBuildGeeTest(t *testing.T) {
	o := Options{SiteKey: "647f5ed2ed8acb4be36784e01556bb71", Secret: "the key"}
	q, ok := buildGeeTest(o, earned, netip.MustParseAddr("203.0.113.7"))
	if !ok {
		t.Fatal("an earned token is refused")
	}
	mac := hmac.New(sha256.New, []byte("the key"))
	mac.Write([]byte("4dc3cfc2cdff448cad8d13107198d473"))
	want := "captcha_output=r-npFi9qNlfgy_zgvhB4k0519xpmbTQLGXBC19aY4E0%3D&gen_time=1682136049&lot_number=4dc3cfc2cdff448cad8d13107198d473" +
		"&pass_token=4b774095664ce55ad3ffe5c73b26af02&sign_token=" + hex.EncodeToString(mac.Sum(nil))
	if q.form.Encode() != want || q.query.Encode() != "captcha_id="+o.SiteKey {
		t.Errorf("request ?%s with %s", q.query.Encode(), q.form.Encode())
	}
	if _, ok := buildGeeTest(Options{SiteKey: "another", Secret: "the key"}, earned, netip.Addr{}); ok {
		t.Error("a token with another captcha_id causes a request")
	}
}

func TestParseGeeTest(t *testing.T) {
	part := func(key, value string) string {
		values := map[string]string{"lot_number": "a", "captcha_output": "b", "pass_token": "c", "gen_time": "1"}
		values[key] = value
		if value == "-" {
			delete(values, key)
		}
		text, _ := json.Marshal(values)
		return string(text)
	}
	for name, token := range map[string]string{
		"as the widget returns it": earned,
		"without captcha_id":       part("lot_number", "a"),
		"each value at its longest": `{"lot_number":"` + strings.Repeat("a", 128) + `","captcha_output":"` + strings.Repeat("b", 4096) +
			`","pass_token":"` + strings.Repeat("c", 512) + `","gen_time":"` + strings.Repeat("1", 16) + `"}`,
	} {
		if _, ok := parseGeeTest(token); !ok {
			t.Errorf("%s: refused", name)
		}
	}
	for name, token := range map[string]string{
		"nothing": "", "no JSON": "a.b.c.d", "a list": `["a","b","c","d"]`, "text": `"abcd"`, "null": "null", "an empty object": "{}",
		"half": earned[:len(earned)-1], "something behind it": earned + "{}", "twice": earned + earned,
		"no lot_number": part("lot_number", "-"), "no captcha_output": part("captcha_output", "-"),
		"no pass_token": part("pass_token", "-"), "no gen_time": part("gen_time", "-"),
		"an empty value": part("pass_token", ""), "a key of its own": part("sign_token", "a"), "another case": part("LOT_NUMBER", "a"),
		"a number":             `{"lot_number":"a","captcha_output":"b","pass_token":"c","gen_time":1}`,
		"a nested object":      `{"lot_number":{"a":"b"},"captcha_output":"b","pass_token":"c","gen_time":"1"}`,
		"a key twice":          `{"lot_number":"a","lot_number":"b","captcha_output":"b","pass_token":"c","gen_time":"1"}`,
		"a time with letters":  part("gen_time", "1682136049x"),
		"a time below 0":       part("gen_time", "-1"),
		"a form in a value":    part("pass_token", "a&sign_token=b"),
		"a line break":         part("lot_number", "a\nb"),
		"another script":       part("lot_number", "серия"),
		"a long lot_number":    part("lot_number", strings.Repeat("a", 129)),
		"a long output":        part("captcha_output", strings.Repeat("b", 4097)),
		"a long pass_token":    part("pass_token", strings.Repeat("c", 513)),
		"a long time":          part("gen_time", strings.Repeat("1", 17)),
		"a thousand open ones": strings.Repeat("[", 1000),
	} {
		if values, ok := parseGeeTest(token); ok || values != nil {
			t.Errorf("%s: %v, want it refused", name, values)
		}
	}
}

// Accepted tokens have the four values in their formats and parse the same when encoded again.
// Refused tokens return nothing.
func FuzzParseGeeTest(f *testing.F) {
	for _, seed := range []string{
		earned, "", "{}", `{"lot_number":"a"}`, strings.ToUpper(earned), strings.Replace(earned, "4dc3", `\u0034dc3`, 1),
		strings.Replace(earned, "gen_time", "sign_token", 1), earned + " ", bogusGeeTest, `{"lot_number":["a"]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		values, ok := parseGeeTest(token)
		if !ok {
			if values != nil {
				t.Fatalf("refused, with %v", values)
			}
			return
		}
		for key, value := range values {
			if form, known := geeTestKeys[key]; !known || len(value) > form.maxLen || !form.pattern.MatchString(value) || strings.ContainsAny(value, "&\r\n\x00 ") {
				t.Fatalf("%s is %q", key, value)
			}
		}
		text, err := json.Marshal(values)
		again, ok := parseGeeTest(string(text))
		if err != nil || !ok || len(again) != len(values) {
			t.Fatalf("%s reads as %v, %v", text, again, ok)
		}
		for key := range values {
			if again[key] != values[key] {
				t.Fatalf("%s is %q and then %q", key, values[key], again[key])
			}
		}
	})
}
