package captcha

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

const bogusGeeTest = `{"lot_number":"00000000000000000000000000000000","captcha_output":"doctor","pass_token":"doctor","gen_time":"1"}`

// geeTestKeys lists the members of a GeeTest token with the format of their values. The lengths are
// several times those seen. captcha_id is the site key and optional.
var geeTestKeys = map[string]geeTestValue{
	"captcha_id":     {255, regexp.MustCompile(`^[0-9A-Za-z_-]+$`)},
	"lot_number":     {128, regexp.MustCompile(`^[0-9A-Za-z_-]+$`)},
	"captcha_output": {4096, regexp.MustCompile(`^[0-9A-Za-z+/=_-]+$`)},
	"pass_token":     {512, regexp.MustCompile(`^[0-9A-Za-z_-]+$`)},
	"gen_time":       {16, regexp.MustCompile(`^[0-9]+$`)},
}

type geeTestValue struct {
	maxLen  int // bytes
	pattern *regexp.Regexp
}

// parseGeeTest parses a JSON object of strings as returned by the widget's getValidate: the four
// values, each once, with or without captcha_id.
func parseGeeTest(token string) (map[string]string, bool) {
	d := json.NewDecoder(strings.NewReader(token))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	values := map[string]string{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, false
		}
		v, err := d.Token()
		key, _ := k.(string)
		value, isText := v.(string)
		form, known := geeTestKeys[key]
		_, twice := values[key]
		if err != nil || !known || twice || !isText || len(value) > form.maxLen || !form.pattern.MatchString(value) {
			return nil, false
		}
		values[key] = value
	}
	if _, err := d.Token(); err != nil || d.InputOffset() != int64(len(token)) {
		return nil, false
	}
	for key := range geeTestKeys {
		if values[key] == "" && key != "captcha_id" {
			return nil, false
		}
	}
	return values, true
}

// buildGeeTest signs the serial number with the secret. Like GeeTest's samples it sends the id in
// the query. It does not send the client's address, which GeeTest has seen.
func buildGeeTest(o Options, token string, _ netip.Addr) (question, bool) {
	values, ok := parseGeeTest(token)
	if !ok || values["captcha_id"] != "" && values["captcha_id"] != o.SiteKey {
		return question{}, false
	}
	mac := hmac.New(sha256.New, []byte(o.Secret))
	mac.Write([]byte(values["lot_number"]))
	form := url.Values{"sign_token": {hex.EncodeToString(mac.Sum(nil))}}
	for _, key := range []string{"lot_number", "captcha_output", "pass_token", "gen_time"} {
		form.Set(key, values[key])
	}
	return question{query: url.Values{"captcha_id": {o.SiteKey}}, form: form}, true
}

// readGeeTest parses a result or an error of the request. The site of a token is that of the page
// with the widget.
func readGeeTest(body []byte) (answer, bool) {
	var r struct {
		Status string          `json:"status"`
		Result string          `json:"result"`
		Reason string          `json:"reason"`
		Code   json.Number     `json:"code"`
		Args   json.RawMessage `json:"captcha_args"`
	}
	if json.Unmarshal(body, &r) != nil {
		return answer{}, false
	}
	switch {
	case r.Status == "error":
		return answer{trouble: geeTestTrouble(r.Code.String())}, true
	case r.Result == "fail" && r.Reason == "sign_token error":
		// The signature is ours, so the secret is wrong.
		return answer{trouble: badSecret}, true
	case r.Result == "fail":
		return answer{}, true
	case r.Result != "success":
		return answer{}, false
	}
	var args struct {
		Referer string `json:"referer"`
	}
	_ = json.Unmarshal(r.Args, &args) // without a page the token has no site
	a := answer{solved: true}
	if page, err := url.Parse(args.Referer); err == nil {
		a.hostname = page.Hostname()
	}
	return a, true
}

// geeTestTrouble translates an error code: -501xx concern the id, -50000 is undefined, all others
// concern values from the client.
func geeTestTrouble(code string) string {
	switch {
	case strings.HasPrefix(code, "-501"):
		return badSiteKey
	case code == "-50000":
		return ownFailure
	}
	return ""
}
