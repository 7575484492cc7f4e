package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"user-api/internal/httpapi"
)

const jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxIiwicm9sZSI6InVzZXIifQ.c2lnbmF0dXJl-_"

func masked(t testing.TB, line string) string {
	t.Helper()
	var out bytes.Buffer
	n, err := httpapi.NewRedactor(&out).Write([]byte(line))
	if err != nil || n != len(line) {
		t.Fatalf("Write(%q) = %d, %v, want all of it", line, n, err)
	}
	return out.String()
}

func TestRedactorMasks(t *testing.T) {
	for line, want := range map[string]string{
		"token " + jwt + " end":                    "token *** end",
		"?access_token=" + jwt + "&x=1":            "?access_token=***&x=1",
		`{"accessToken":"` + jwt + `"}`:            `{"accessToken":"***"}`,
		"unsigned eyJhbGciOiJub25lIn0.eyJhIjoxfQ.": "unsigned ***",
		"Authorization: Bearer 0123456789abcdef":   "Authorization: Bearer ***",
		"map[Authorization:[bearer abc/def+ghi=]]": "map[Authorization:[bearer ***]]",
		"Basic dXNlcjpwYXNzd29yZA==":               "Basic ***",
		"Bearer token":                             "Bearer token",
		"to +919876543210.":                        "to +91********10.",
		`{"to":"+14155550123"}`:                    `{"to":"+14*******23"}`,
		"/dev/inbox?to=%2B919876543210&n=1":        "/dev/inbox?to=%2B91********10&n=1",
		`"\n+919876543210"`:                        `"\n+91********10"`,
		"+1234567":                                 "+12***67",
		"+123456":                                  "+123456",
		"2026-11-21T03:00:00.000+05:30":            "2026-11-21T03:00:00.000+05:30",
		"mail alice.b+tag@mail.example.com, ok":    "mail ***@mail.example.com, ok",
		"mail álice@bücher.example":                "mail ***@bücher.example",
		"mail a@xn--bcher-kva.xn--p1ai":            "mail ***@xn--bcher-kva.xn--p1ai",
		`{"content":"\nalice@example.com"}`:        `{"content":"\n***@example.com"}`,
		"?email=alice%40example.com":               "?email=***%40example.com",
		"go-zero@v1.10.3/rest/server.go:12":        "go-zero@v1.10.3/rest/server.go:12",
		"root:hunter@tcp(127.0.0.1:3306)/userdb":   "root:***@tcp(127.0.0.1:3306)/userdb",
		"alice@ home, @alice":                      "alice@ home, @alice",
		"golang.org/x/net@v0.0.12/http2.go":        "golang.org/x/net@v0.0.12/http2.go",
		`"\u0001alice@example.com"`:                `"\u0001***@example.com"`,
		`{"@timestamp":"x"}`:                       `{"@timestamp":"x"}`,
		`{"otp":"123456"}`:                         `{"otp":"***"}`,
		`{"recoveryCode":"60rk-4csm-6mv3-ee1s"}`:   `{"recoveryCode":"***"}`,
		`{"otp": 123456}`:                          `{"otp": null}`,
		`{"code":1234.5e3}`:                        `{"code":null}`,
		`{"otps":[1],"code":["0123"]}`:             `{"otps":[1],"code":["***"]}`,
		`{"content":"{\"otp\":\"123456\"}"}`:       `{"content":"{\"otp\":\"***\"}"}`,
		`{"content":"{\"otp\":123456}"}`:           `{"content":"{\"otp\":null}"}`,
		"otp=123456 otpCode: 654321":               "otp=*** otpCode: ***",
		"{Phone:x Otp:123456}":                     "{Phone:x Otp:***}",
		"code: 123":                                "code: 123",
		"errorCode=21211 statusCode:5030":          "errorCode=21211 statusCode:5030",
		`{"code":"otp_invalid"}`:                   `{"code":"otp_invalid"}`,
		`{"otpId":"AAAAAAAA12345678"}`:             `{"otpId":"AAAAAAAA12345678"}`,
		`{"path":"/user/otp","ms":1234}`:           `{"path":"/user/otp","ms":1234}`,
		`{"password":"p w\"d,","a":1}`:             `{"password":"***","a":1}`,
		`{"password":"","a":"b"}`:                  `{"password":"","a":"b"}`,
		`{"password":"(x","a":1}`:                  `{"password":"***","a":1}`,
		`{"newPassword":"p\\","a":1}`:              `{"newPassword":"***","a":1}`,
		`{"c":"{\"password\":\"a\\\"b\\\\\"}"}`:    `{"c":"{\"password\":\"***\"}"}`,
		`{"c":"{\"password\":\"cut","d":"e"}`:      `{"c":"{\"password\":\"***","d":"e"}`,
		`{"password":null}`:                        `{"password":null}`,
		`{"c":"password:","a":"b"}`:                `{"c":"password:","a":"b"}`,
		`password="hunter2"`:                       `password="***"`,
		"password=hunter2&x=1":                     "password=***&x=1",
		"invalid_request (password): empty":        "invalid_request (password): empty",
		"RefreshSecret: s3cr3t":                    "RefreshSecret: ***",
		"":                                         "",
	} {
		got := masked(t, line)
		if got != want {
			t.Errorf("masked(%q)\n got %q\nwant %q", line, got, want)
		}
		if again := masked(t, got); again != got {
			t.Errorf("masked twice: %q became %q", got, again)
		}
	}
}

func TestRedactorLeavesOrdinaryLinesAlone(t *testing.T) {
	for _, line := range []string{
		accessLine,
		`{"level":"error","cause":"otp: verify: dial tcp [::1]:6379: connect: connection refused","caller":"httpapi/errors.go:120"}`,
		"2026-11-21T03:00:00.000Z\tinfo\tserving on 127.0.0.1:8888\n",
		"goroutine 35 [running]:\nmain.main()\n\t/usr/local/go/src/x.go:125 +0x33d\n",
	} {
		if got := masked(t, line); got != line {
			t.Errorf("masked(%q) = %q, want it unchanged", line, got)
		}
	}
}

// A secret never survives, whatever surrounds it and however often it is quoted.
func TestRedactorProperty(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	digits := func(n int) string {
		s := fmt.Sprintf("%020d", rnd.Uint64())
		return s[len(s)-n:]
	}
	noise := func() string {
		runes := []rune("abcXYZ 019\t\n\\\"'{}[](),;:=<>&?/@.é世*#~|")
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteRune(runes[rnd.IntN(len(runes))])
		}
		return b.String()
	}
	base64url := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	for range 500 {
		otp, phone, part := digits(4+rnd.IntN(7)), "9"+digits(6+rnd.IntN(9)), base64url(24)
		core := base64url(9)
		password := noise() + core + noise()
		fields, _ := json.Marshal(map[string]string{"otp": otp, "newPassword": password})
		for _, c := range []struct{ text, secret string }{
			{"otp=" + otp, otp},
			{"code : " + otp, otp},
			{`"otp":` + otp, otp},
			{string(fields), otp},
			{string(fields), core},
			{"to=+" + phone, phone},
			{" %2b" + phone, phone},
			{" eyJ" + part + "." + part + "." + part, part},
			{" Bearer " + part, part},
			{" basic " + part, part},
			{" " + part + "@mail.example", part},
		} {
			line := noise() + " " + c.text + " " + noise()
			for depth := range 4 {
				got := masked(t, line)
				if strings.Contains(got, c.secret) {
					t.Fatalf("depth %d: masked(%q) = %q holds %q", depth, line, got, c.secret)
				}
				if depth > 0 && !json.Valid([]byte(got)) {
					t.Fatalf("depth %d: masked(%q) = %q is no longer JSON", depth, line, got)
				}
				quoted, _ := json.Marshal(map[string]string{"content": line})
				line = string(quoted)
			}
		}
		if got := masked(t, string(fields)); !json.Valid([]byte(got)) || strings.Contains(got, password) {
			t.Fatalf("masked(%q) = %q", fields, got)
		}
	}
}

func TestRedactorWritesEachLineAtOnce(t *testing.T) {
	w := &countingWriter{}
	r := httpapi.NewRedactor(w)
	for range 3 {
		if _, err := io.WriteString(r, "a line\n"); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
	if w.calls != 3 {
		t.Errorf("%d writes, want 3", w.calls)
	}
	w.err = errors.New("disk full")
	if n, err := io.WriteString(r, "a line\n"); !errors.Is(err, w.err) || n != 0 {
		t.Errorf("Write = %d, %v, want 0 and the writer's error", n, err)
	}
}

type countingWriter struct {
	calls int
	err   error
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.calls++
	return len(p), w.err
}

func FuzzRedactor(f *testing.F) {
	f.Add(`{"content":"{\"otp\":\"123456\",\"password\":\"a\\\"b\"}"}`, uint(1))
	f.Add("Bearer "+jwt+" +919876543210 alice@example.com", uint(0))
	f.Add(`password":"\`, uint(2))
	f.Add("otp\\:\\\"1234", uint(3))
	f.Add("%2B%2b+1234567%40a.bc@d.ef", uint(1))
	f.Fuzz(func(t *testing.T, text string, depth uint) {
		line := text
		for range depth % 4 {
			quoted, _ := json.Marshal(map[string]any{"content": line, "n": 1})
			line = string(quoted)
		}
		got := masked(t, line)
		if depth%4 > 0 && !json.Valid([]byte(got)) {
			t.Errorf("masked(%q) = %q is no longer JSON", line, got)
		}
		if strings.Contains(text, "+123456789012") && strings.Contains(got, "123456789012") {
			t.Errorf("masked(%q) = %q holds the number", line, got)
		}
		// A secret next to arbitrary text.
		if got := masked(t, line+` {"otp":"735209"} `+line); strings.HasSuffix(got, `{"otp":"735209"} `+line) {
			t.Errorf("masked(… %q …) = %q holds the code", line, got)
		}
	})
}

const accessLine = `{"@timestamp":"2026-11-21T03:09:02.024Z","bytes":851,"caller":"httpapi/accesslog.go:49","content":"request",` +
	`"ip":"203.0.113.9","level":"info","method":"POST","ms":12,"path":"/user/otp/:otpId","requestId":"7fc96aa23513a742abe4003f52613aa3",` +
	`"span":"45952587ab2f39a3","status":200,"trace":"89cffb2de068d7effeaaa87d7fa4e95c"}` + "\n"

func BenchmarkRedactor(b *testing.B) {
	for name, line := range map[string]string{
		"access": accessLine,
		"secret": `{"content":"to +919876543210 Bearer ` + jwt + ` {\"otp\":\"123456\"} alice@example.com"}` + "\n",
	} {
		b.Run(name, func(b *testing.B) {
			r := httpapi.NewRedactor(io.Discard)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = io.WriteString(r, line)
			}
		})
	}
}
