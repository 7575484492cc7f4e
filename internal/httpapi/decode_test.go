package httpapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/rest/pathvar"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
)

// otpReq has what goctl makes of a typical request.
type otpReq struct {
	Phone   string   `json:"phone"`
	Channel string   `json:"channel,optional,options=sms|voice"`
	Purpose string   `json:"purpose,default=login"`
	Count   int32    `json:"count,optional"`
	Agree   bool     `json:"agree,optional"`
	Nick    *string  `json:"nick,optional"`
	Tags    []string `json:"tags,optional"`
}

// optionalReq is a request whose body may be absent.
type optionalReq struct {
	RefreshToken string `json:"refreshToken,optional"`
}

type listReq struct {
	ID     string `path:"id"`
	Query  string `form:"q,optional"`
	Limit  int    `form:"limit,default=20"`
	Scope  string `form:"scope,optional,options=all|others"`
	Client string `header:"X-Client,optional"`
}

type base struct {
	Region string `json:"region"`
}

type embedding struct {
	base
	Phone string `json:"phone"`
}

type choosyReq struct {
	Otp string `json:"otp"`
	err error
}

func (c *choosyReq) Validate() error { return c.err }

func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// wantRefusal checks that err has the code and names the field.
func wantRefusal(t *testing.T, err error, code apperr.Code, field string) {
	t.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) {
		t.Fatalf("err = %v, want an apperr.Error", err)
	}
	if e.Code != code || e.Field != field {
		t.Errorf("err = %s %q, want %s %q", e.Code, e.Field, code, field)
	}
}

func TestDecodeFillsTheRequest(t *testing.T) {
	var got otpReq
	body := ` {"phone":"+91 98","channel":"sms","count":-7,"agree":true,"nick":"","tags":["a","\ud83d\ude00"]}` + "\n"
	if err := httpapi.Decode(post(body, "Content-Type", `Application/JSON; charset="UTF-8"`), &got); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	want := otpReq{Phone: "+91 98", Channel: "sms", Purpose: "login", Count: -7, Agree: true, Nick: new(string), Tags: []string{"a", "😀"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeTakesEmbeddedFields(t *testing.T) {
	var got embedding
	if err := httpapi.Decode(post(`{"region":"IN","phone":"1"}`), &got); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if got.Region != "IN" || got.Phone != "1" {
		t.Errorf("got %+v, want both fields set", got)
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

func TestDecodePathQueryAndHeaders(t *testing.T) {
	tests := map[string]struct {
		id, query string
		client    []string
		want      listReq
		field     string
	}{
		"defaults":           {id: "7", want: listReq{ID: "7", Limit: 20}},
		"all":                {id: "7", query: "q=%2B91&limit=5&scope=all", client: []string{"web"}, want: listReq{ID: "7", Query: "+91", Limit: 5, Scope: "all", Client: "web"}},
		"empty is absent":    {id: "7", query: "q=&limit=&scope=", want: listReq{ID: "7", Limit: 20}},
		"unknown is ignored": {id: "7", query: "utm=x&utm=y", want: listReq{ID: "7", Limit: 20}},
		"twice":              {id: "7", query: "limit=1&limit=2", field: "limit"},
		"header twice":       {id: "7", client: []string{"a", "b"}, field: ""},
		"not a number":       {id: "7", query: "limit=ten", field: "limit"},
		"too large":          {id: "7", query: "limit=99999999999999999999", field: "limit"},
		"not an option":      {id: "7", query: "scope=mine", field: "scope"},
		"NUL":                {id: "7", query: "q=%00", field: "q"},
		"invalid UTF-8":      {id: "7", query: "q=%ff", field: "q"},
		"NUL in the path":    {id: "\x00", field: "id"},
		"bad escape":         {id: "7", query: "q=%zz", field: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/users/x?"+test.query, nil)
			r = pathvar.WithVars(r, map[string]string{"id": test.id})
			for _, value := range test.client {
				r.Header.Add("X-Client", value)
			}
			var got listReq
			err := httpapi.Decode(r, &got)
			if test.want.ID == "" {
				wantRefusal(t, err, apperr.InvalidRequest, test.field)
				return
			}
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("err = %v, (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDecodeOfAQueryLeavesTheBodyAlone(t *testing.T) {
	body := strings.NewReader("limit=3")
	r := httptest.NewRequest(http.MethodPost, "/?limit=5", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := struct {
		Limit int `form:"limit"`
	}{}
	if err := httpapi.Decode(r, &got); err != nil || got.Limit != 5 || body.Len() != 7 {
		t.Errorf("err = %v, limit = %d, %d bytes left; want nil, 5, 7", err, got.Limit, body.Len())
	}
}

func TestDecodeCallsValidate(t *testing.T) {
	tests := map[string]struct {
		err   error
		code  apperr.Code
		field string
	}{
		"ours":    {apperr.New(apperr.OtpInvalid), apperr.OtpInvalid, ""},
		"foreign": {errors.New("too short"), apperr.InvalidRequest, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := httpapi.Decode(post(`{"otp":"1"}`), &choosyReq{err: test.err})
			wantRefusal(t, err, test.code, test.field)
		})
	}
	if err := httpapi.Decode(post(`{"otp":"1"}`), &choosyReq{}); err != nil {
		t.Errorf("err = %v, want nil", err)
	}
}

// Many clients write null for what is not set.
func TestDecodeTakesNullForAbsent(t *testing.T) {
	for body, want := range map[string]otpReq{
		`{"phone":"1","channel":null,"purpose":null,"count":null,"agree":null,"nick":null,"tags":null}`: {Phone: "1", Purpose: "login"},
		`{"phone":"1","channel": null }`: {Phone: "1", Purpose: "login"},
	} {
		var got otpReq
		if err := httpapi.Decode(post(body), &got); err != nil {
			t.Errorf("Decode(%s): %v", body, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Decode(%s) (-want +got):\n%s", body, diff)
		}
	}
	err := httpapi.Decode(post(`{"phone":null}`), &otpReq{})
	wantRefusal(t, err, apperr.InvalidRequest, "phone")
	if missing := httpapi.Decode(post(`{}`), &otpReq{}); apperr.From(err).Message() != apperr.From(missing).Message() {
		t.Errorf("null for a required field: %q, want what its absence gets: %q", apperr.From(err).Message(), apperr.From(missing).Message())
	}
}

func TestDecodeRefusesTypesItCannotTreatExactly(t *testing.T) {
	var notStruct string
	for name, v := range map[string]any{
		"nested": &struct {
			A struct{ B string } `json:"a"`
		}{},
		"map": &struct {
			A map[string]string `json:"a"`
		}{},
		"any": &struct {
			A any `json:"a"`
		}{},
		"option without effect": &struct {
			A int `json:"a,range=[1:5]"`
		}{},
		"list in a query": &struct {
			A []string `form:"a"`
		}{},
		"no pointer":   otpReq{},
		"nil":          (*otpReq)(nil),
		"not a struct": &notStruct,
		"unusable value": &struct {
			A int `json:"a,default=x"`
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			err := httpapi.Decode(post(`{}`), v)
			var known *apperr.Error
			if err == nil || errors.As(err, &known) {
				t.Errorf("err = %v, want one that becomes a 500", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"phone":"1","channel":"sms","count":3,"agree":true,"nick":"x","tags":["a"]}`, "application/json")
	f.Add(`{"phone":"\ud800","phone":null}`, "application/json; charset=utf-8")
	f.Add(`{"\u0070hone":"\u0000"}`, "application/json")
	f.Add(strings.Repeat(`{"a":`, 50), "application/json")
	f.Add("a=1", "multipart/form-data; boundary=x")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		var got otpReq
		err := httpapi.Decode(post(body, "Content-Type", contentType), &got)
		if err != nil {
			var e *apperr.Error
			if !errors.As(err, &e) {
				t.Fatalf("Decode(%q): %v, want an apperr.Error", body, err)
			}
			return
		}
		// What was accepted says the same when it is written again.
		var sent, kept map[string]any
		if err := json.Unmarshal([]byte(body), &sent); err != nil {
			t.Fatalf("Decode accepted %q, encoding/json: %v", body, err)
		}
		again, _ := json.Marshal(got)
		_ = json.Unmarshal(again, &kept)
		for key, value := range sent {
			if value == nil {
				continue // absent
			}
			if diff := cmp.Diff(value, kept[key]); diff != "" {
				t.Errorf("Decode(%q): %s (-sent +kept):\n%s", body, key, diff)
			}
		}
	})
}
