package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
)

func TestDecodeRefusesBodies(t *testing.T) {
	const bad, large, media = apperr.InvalidRequest, apperr.BodyTooLarge, apperr.UnsupportedMedia
	deep := strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40)
	tests := map[string]struct {
		body    string
		headers []string
		code    apperr.Code
		field   string
	}{
		"absent":                   {body: ``, code: bad, field: "phone"},
		"white space":              {body: ` `, code: bad},
		"required missing":         {body: `{}`, code: bad, field: "phone"},
		"an array":                 {body: `[]`, code: bad},
		"null":                     {body: `null`, code: bad},
		"a string":                 {body: `"phone"`, code: bad},
		"cut short":                {body: `{"phone":"1"`, code: bad},
		"trailing text":            {body: `{"phone":"1"} x`, code: bad},
		"a second object":          {body: `{"phone":"1"}{}`, code: bad},
		"byte order mark":          {body: "\ufeff" + `{"phone":"1"}`, code: bad},
		"comment":                  {body: `{"phone":"1"/**/}`, code: bad},
		"duplicate key":            {body: `{"phone":"1","phone":"2"}`, code: bad, field: "phone"},
		"duplicate key, escaped":   {body: `{"phone":"1","ph\u006fne":"2"}`, code: bad, field: "phone"},
		"unknown key":              {body: `{"phone":"1","admin":true}`, code: bad, field: "admin"},
		"unknown key not a name":   {body: `{"phone":"1","<script>":true}`, code: bad},
		"unknown key too long":     {body: `{"a` + strings.Repeat("b", 32) + `":1}`, code: bad},
		"empty key":                {body: `{"":1}`, code: bad},
		"other case":               {body: `{"Phone":"1"}`, code: bad, field: "Phone"},
		"Go name":                  {body: `{"phone":"1","RefreshToken":"x"}`, code: bad, field: "RefreshToken"},
		"number for text":          {body: `{"phone":919876543210}`, code: bad, field: "phone"},
		"leading zeros":            {body: `{"phone":0012}`, code: bad},
		"null for text":            {body: `{"phone":null}`, code: bad, field: "phone"},
		"null, then a value":       {body: `{"phone":"1","channel":null,"channel":"sms"}`, code: bad, field: "channel"},
		"null for an unknown key":  {body: `{"phone":"1","admin":null}`, code: bad, field: "admin"},
		"null in a list":           {body: `{"phone":"1","tags":[null]}`, code: bad, field: "tags"},
		"object for text":          {body: `{"phone":{"a":1}}`, code: bad, field: "phone"},
		"text for a list":          {body: `{"phone":"1","tags":"[\"a\"]"}`, code: bad, field: "tags"},
		"text for a number":        {body: `{"phone":"1","count":"1"}`, code: bad, field: "count"},
		"fraction":                 {body: `{"phone":"1","count":1.5}`, code: bad, field: "count"},
		"number too large":         {body: `{"phone":"1","count":4294967296}`, code: bad, field: "count"},
		"text for a bool":          {body: `{"phone":"1","agree":"true"}`, code: bad, field: "agree"},
		"not an option":            {body: `{"phone":"1","channel":"fax"}`, code: bad, field: "channel"},
		"raw NUL":                  {body: "{\"phone\":\"\x00\"}", code: bad},
		"escaped NUL":              {body: `{"phone":"a\u0000"}`, code: bad},
		"NUL in a key":             {body: `{"phone":"1","\u0000":1}`, code: bad},
		"invalid UTF-8":            {body: "{\"phone\":\"\xff\"}", code: bad},
		"lone high surrogate":      {body: `{"phone":"\ud800"}`, code: bad},
		"lone low surrogate":       {body: `{"phone":"\udc00\ud800"}`, code: bad},
		"two high surrogates":      {body: `{"phone":"\ud800\ud800"}`, code: bad},
		"high surrogate, then \\":  {body: `{"phone":"\ud800\\udc00"}`, code: bad},
		"half a pair, then digits": {body: `{"phone":"\ud800--dc00"}`, code: bad},
		"deep nesting":             {body: `{"phone":` + deep + `}`, code: bad, field: "phone"},
		"absurd nesting":           {body: strings.Repeat(`[`, 60_000), code: bad},
		"over the limit":           {body: `{"phone":"` + strings.Repeat("1", 64<<10) + `"}`, code: large},
		"form":                     {body: `phone=1`, headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, code: media},
		"multipart":                {body: `--x--`, headers: []string{"Content-Type", "multipart/form-data; boundary=x"}, code: media},
		"text":                     {body: `{"phone":"1"}`, headers: []string{"Content-Type", "text/plain"}, code: media},
		"JSON in name only":        {body: `{"phone":"1"}`, headers: []string{"Content-Type", "text/json"}, code: media},
		"JSON patch":               {body: `{"phone":"1"}`, headers: []string{"Content-Type", "application/json-patch+json"}, code: media},
		"other charset":            {body: `{"phone":"1"}`, headers: []string{"Content-Type", "application/json; charset=utf-16"}, code: media},
		"broken type":              {body: `{"phone":"1"}`, headers: []string{"Content-Type", "application/json; charset"}, code: media},
		"no type":                  {body: `{"phone":"1"}`, headers: []string{"Content-Type", ""}, code: media},
		"deflate":                  {body: `{"phone":"1"}`, headers: []string{"Content-Encoding", "deflate"}, code: media},
		"gzip twice":               {body: `{"phone":"1"}`, headers: []string{"Content-Encoding", "gzip, gzip"}, code: media},
		"not gzip at all":          {body: `{"phone":"1"}`, headers: []string{"Content-Encoding", "gzip"}, code: bad},
		"gzip cut short":           {body: zip(`{"phone":"1"}`)[:20], headers: []string{"Content-Encoding", "gzip"}, code: bad},
		"gzip bomb":                {body: zip(strings.Repeat(" ", 4<<20)), headers: []string{"Content-Encoding", "gzip"}, code: large},
		"gzip over the limit":      {body: zip(strings.Repeat(" ", 64<<10) + `{}`), headers: []string{"Content-Encoding", "gzip"}, code: large},
		"gzip of nothing, often":   {body: strings.Repeat(zip(""), 4000), headers: []string{"Content-Encoding", "gzip"}, code: large},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := httpapi.Decode(post(test.body, test.headers...), &otpReq{})
			wantRefusal(t, err, test.code, test.field)
		})
	}
}

func TestDecodeAcceptsWhatTheLimitAllows(t *testing.T) {
	full := `{"phone":"` + strings.Repeat("1", httpapi.MaxBody-12) + `"}`
	chunked := post(full)
	chunked.ContentLength = -1
	var stored bytes.Buffer
	w, _ := gzip.NewWriterLevel(&stored, gzip.NoCompression)
	_, _ = io.WriteString(w, full)
	_ = w.Close()
	tests := map[string]*http.Request{
		"the very limit":           post(full),
		"the very limit, chunked":  chunked,
		"gzip":                     post(zip(full), "Content-Encoding", "gzip"),
		"gzip without compression": post(stored.String(), "Content-Encoding", "GZIP"),
		"identity":                 post(full, "Content-Encoding", "identity"),
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			var got otpReq
			if err := httpapi.Decode(r, &got); err != nil {
				t.Fatalf("Decode: %v", err)
			}
			if len(got.Phone) != httpapi.MaxBody-12 {
				t.Errorf("got %d bytes, want %d", len(got.Phone), httpapi.MaxBody-12)
			}
		})
	}
}

func TestDecodeTakesAnAbsentBodyWhenNothingIsRequired(t *testing.T) {
	chunked := post("")
	chunked.Body, chunked.ContentLength = io.NopCloser(strings.NewReader("")), -1
	zipped := post("", "Content-Encoding", "gzip")
	zipped.Body, zipped.ContentLength = io.NopCloser(strings.NewReader("")), -1
	bare := httptest.NewRequest(http.MethodPost, "/", nil)
	curl := post("", "Content-Type", "application/x-www-form-urlencoded")
	for name, r := range map[string]*http.Request{
		"no body": bare, "empty chunks": chunked, "empty gzip": zipped, "empty form": curl, "empty object": post("{}"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := httpapi.Decode(r, &optionalReq{}); err != nil {
				t.Errorf("Decode: %v, want nil", err)
			}
		})
	}
}

func TestDecodeWantsAContentType(t *testing.T) {
	r := post(`{"phone":"1"}`)
	r.Header.Del("Content-Type")
	wantRefusal(t, httpapi.Decode(r, &otpReq{}), apperr.UnsupportedMedia, "")
}

func TestDecodeDoesNotInflateABomb(t *testing.T) {
	const size = 8 << 20
	bomb := zip(strings.Repeat(" ", size))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	wantRefusal(t, httpapi.Decode(post(bomb, "Content-Encoding", "gzip"), &otpReq{}), apperr.BodyTooLarge, "")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > size/10 {
		t.Errorf("%d bytes were allocated for a body of %d", used, size)
	}
}

func TestDecodeSlowOrBrokenClientIsNoFaultOfOurs(t *testing.T) {
	r := post(`{"phone":`)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"phone":`), errReader{io.ErrUnexpectedEOF}))
	wantRefusal(t, httpapi.Decode(r, &otpReq{}), apperr.InvalidRequest, "")
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}
