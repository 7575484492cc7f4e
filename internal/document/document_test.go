package document_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"user-api/internal/document"
)

func ExampleDocument_Merge() {
	kept, _ := document.Parse([]byte(`{"theme": "dark", "size": 1.50, "old": true}`))
	patch, _ := document.Parse([]byte(`{"size": 2.0, "old": null, "seats": {"a": null}}`))
	text, _ := kept.Merge(patch).Text()
	fmt.Println(text)
	// Output: {"seats":{"a":null},"size":2.0,"theme":"dark"}
}

func nested(depth int) string {
	return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		err              error
	}{
		{name: "no text"},
		{name: "empty", text: ` { } `},
		{name: "numbers as written", text: `{"a":1.00,"b":1E400,"c":123456789012345678901234567890,"d":-0}`, want: `{"a":1.00,"b":1E400,"c":123456789012345678901234567890,"d":-0}`},
		{name: "white space goes", text: "{ \"a\" : [ 1 ,\n2 ] }", want: `{"a":[1,2]}`},
		{name: "keys in order", text: `{"b":1,"a":2,"":3,"A":4}`, want: `{"":3,"A":4,"a":2,"b":1}`},
		{name: "no additional escapes", text: `{"a":"<&>\u00e9é"}`, want: `{"a":"<&>\u00e9é"}`},
		{name: "the same key in different objects", text: `{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]}`, want: `{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]}`},
		{name: "a key like a value", text: `{"a":"a","b":{"c":"b"}}`, want: `{"a":"a","b":{"c":"b"}}`},
		{name: "32 levels", text: nested(32), want: nested(32)},

		{name: "33 levels", text: nested(33), err: document.ErrDeep},
		{name: "33 levels of objects", text: strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), err: document.ErrDeep},
		{name: "a list", text: `[]`, err: document.ErrNotObject},
		{name: "a text", text: `"a"`, err: document.ErrNotObject},
		{name: "null", text: `null`, err: document.ErrNotObject},
		{name: "more than one", text: `{} {}`, err: document.ErrNotObject},
		{name: "cut off", text: `{"a":1`, err: document.ErrNotObject},
		{name: "a key twice", text: `{"a":1,"a":2}`, err: document.ErrTwice},
		{name: "a key twice, once escaped", text: `{"a":1,"\u0061":2}`, err: document.ErrTwice},
		{name: "twice below", text: `{"a":[0,{"b":{"c":1,"d":2,"c":3}}]}`, err: document.ErrTwice},
		{name: "twice after an object", text: `{"a":{},"b":1,"a":2}`, err: document.ErrTwice},
		{name: "bad UTF-8", text: "{\"a\":\"\xff\"}", err: document.ErrText},
		{name: "a NUL", text: `{"a":["\u0000"]}`, err: document.ErrText},
		{name: "a NUL in a key", text: `{"\u0000":1}`, err: document.ErrText},
		{name: "half a pair", text: `{"a":"\ud800"}`, err: document.ErrText},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := document.Parse([]byte(tt.text))
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if text, err := d.Text(); err != nil || text != tt.want {
				t.Errorf("got %s, %v, want %s", text, err, tt.want)
			}
		})
	}
}

// Parse accepts the stored form of everything that it accepts.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1.0,null,true,"x"]}}`, `{"a":1,"a":2}`, nested(32), `{"\ud83d\ude00":"\\"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := document.Parse(text)
		if err != nil {
			if d != nil {
				t.Errorf("%q gives %v together with %v", text, d, err)
			}
			return
		}
		kept, err := d.Text()
		if err != nil {
			t.Fatalf("%q has no text: %v", text, err)
		}
		again, err := document.Parse([]byte(kept))
		if err != nil {
			t.Fatalf("%q is stored as %q: %v", text, kept, err)
		}
		if same, err := again.Text(); err != nil || same != kept {
			t.Errorf("%q is stored as %q and then as %q, %v", text, kept, same, err)
		}
	})
}
