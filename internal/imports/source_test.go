package imports

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readAll reads a file and returns line and id of each record, and line and reason of each
// refusal.
func readAll(text string, format Format, records string) (read []string, err error) {
	s, err := open(strings.NewReader(text), format, records)
	if err != nil {
		return nil, err
	}
	for {
		record, err := s.next()
		var refusal *Refusal
		switch {
		case errors.Is(err, io.EOF):
			return read, nil
		case errors.As(err, &refusal):
			read = append(read, fmt.Sprint(refusal.Line, " ", refusal.Reason))
		case err != nil:
			return read, err
		default:
			read = append(read, fmt.Sprint(record.Line, ":", text2(record)))
		}
	}
}

func text2(r Record) string { return text(r.at("id", Fields{})) }

func TestSource(t *testing.T) {
	long := strings.Repeat("x", maxRecord+1)
	tests := []struct {
		name    string
		format  Format
		records string
		text    string
		want    []string
		fails   bool // after the wanted records
	}{
		{name: "JSON lines", format: JSONLines, text: "{\"id\":1}\n\n{\"id\":\"b\"}", want: []string{"1:1", "3:b"}},
		{name: "a byte order mark", format: JSONLines, text: "\xef\xbb\xbf{\"id\":1}\r\n", want: []string{"1:1"}},
		{name: "a name twice", format: JSONLines, text: "{\"id\":1,\"id\":2}\n{\"id\":1,\"a\":[{\"b\":1,\"b\":2}]}\n{\"id\":3}", want: []string{"1 malformed", "2 malformed", "3:3"}},
		{name: "not one object", format: JSONLines, text: "[1]\n{\"id\":1}{}\n{\"id\":\n1\nnull\n{\"id\":6}", want: []string{
			"1 malformed", "2 malformed", "3 malformed", "4 malformed", "5 malformed", "6:6"}},
		{name: "not UTF-8", format: JSONLines, text: "{\"id\":\"\xff\"}\n{\"id\":2}", want: []string{"1 malformed", "2:2"}},
		{name: "too deep", format: JSONLines, text: "{\"id\":" + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}\n{\"id\":2}", want: []string{"1 malformed", "2:2"}},
		{name: "a long line", format: JSONLines, text: "{\"id\":\"" + long + "\"}\n{\"id\":2}", want: []string{"1 too_long", "2:2"}},
		{name: "a long last line", format: JSONLines, text: long, want: []string{"1 too_long"}},
		{name: "no line", format: JSONLines},

		{name: "CSV", format: CSV, text: "id,name\n1,a\n2,\"b\nb\"\n3,c", want: []string{"2:1", "3:2", "5:3"}},
		{name: "CSV with a wrong number of fields", format: CSV, text: "id,name\n1\n2,b\n3,c,d\n", want: []string{"2 malformed", "3:2", "4 malformed"}},
		{name: "CSV that is not UTF-8", format: CSV, text: "id,name\n1,\xff\n2,b\n", want: []string{"2 malformed", "3:2"}},
		{name: "CSV with a NUL", format: CSV, text: "id,name\n1,\x00\n2,b\n", want: []string{"2 malformed", "3:2"}},
		{name: "CSV with an unterminated quote", format: CSV, text: "id,name\n1,a\n2,\"b\n3,c\n", want: []string{"2:1"}, fails: true},
		{name: "CSV with a quote inside", format: CSV, text: "id,name\n1,a\n2,b\"b\n3,c\n", want: []string{"2:1"}, fails: true},
		{name: "CSV with a long record", format: CSV, text: "id,name\n1,a\n2,\"" + strings.Repeat("x\n", maxRecord) + "\"\n", want: []string{"2:1"}, fails: true},
		{name: "CSV without a header", format: CSV, fails: true},
		{name: "CSV with a column twice", format: CSV, text: "id,a,id\n1,2,3\n", fails: true},
		{name: "CSV with an unnamed column", format: CSV, text: "id,,a\n1,2,3\n", fails: true},

		{name: "a document", format: JSON, records: "users", text: `{"kind":{"users":[9]},"users":[{"id":1},{"id":2,"id":3},{"id":4}],"more":1}`, want: []string{"1:1", "2 malformed", "3:4"}},
		{name: "a document that is a list", format: JSON, records: "users", text: `[{"id":1}]`, want: []string{"1:1"}},
		{name: "a document without the list", format: JSON, records: "users", text: `{"data":[]}`, fails: true},
		{name: "a document with something else there", format: JSON, records: "users", text: `{"users":{}}`, fails: true},
		{name: "a truncated document", format: JSON, records: "users", text: `{"users":[{"id":1},{"id":2`, want: []string{"1:1"}, fails: true},
		{name: "a document truncated after a record", format: JSON, records: "users", text: `{"users":[{"id":1}`, want: []string{"1:1"}, fails: true},
		{name: "a document with a long record", format: JSON, records: "users", text: `{"users":[{"id":1},{"id":"` + strings.Repeat(long, 4) + `"}]}`, want: []string{"1:1"}, fails: true},
		{name: "no document", format: JSON, fails: true},
		{name: "an unknown format", format: "xml", fails: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(test.text, test.format, test.records)
			if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != test.fails {
				t.Errorf("error %v, want one: %t; read (-want +got):\n%s", err, test.fails, diff)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the error contains the record: %.300v", err)
			}
		})
	}
}

// FuzzSource reads every file to its end or to an error, within bounds.
func FuzzSource(f *testing.F) {
	for _, seed := range []string{
		"{\"id\":1}\n{\"id\":2}", "id,a\n1,\"x\ny\"\n2,z\n", `{"users":[{"id":1}]}`, `[{"id":1,"a":{"b":[1,2,null]}}]`, "\xef\xbb\xbfid\n1\n", "{\"a\":\"\\ud800\"}",
		"{\"id\":1e999}", "", "\n", "{", "[", "\"", "id,id\n", "{\"id\":1,\"id\":2}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		for _, format := range []Format{CSV, JSONLines, JSON} {
			read, _ := readAll(file, format, "users")
			if len(read) > len(file)+1 {
				t.Errorf("%d records in %d bytes", len(read), len(file))
			}
		}
	})
}

func TestRecord_at(t *testing.T) {
	fields, err := object([]byte(`{"id":7,"a.b":"dotted","a":{"c":{"d":true}},"email":"x@example.com","list":[{"v":"y@example.com","ok":1},{"v":"x@example.com","ok":2}],"n":null}`))
	if err != nil {
		t.Fatal(err)
	}
	r, f := Record{Fields: fields}, Fields{Email: "email"}
	for path, want := range map[string]string{
		"id": "7", "a.b": "dotted", "a.c.d": "true", "list[0].v": "y@example.com", "list[v=x@example.com].ok": "2", "list[v=$email].ok": "2",
		"list[v=$phone].ok": "", "list[9].v": "", "list[v=z].ok": "", "n": "", "n.x": "", "a.c": "", "nothing": "", "a[0]": "", "": "",
	} {
		if got := text(r.at(path, f)); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
	for _, bad := range []string{"a..b", "a[", "a[]", "a[b]", "[0]", "a[0][1]", ".a", "a."} {
		if checkPath(bad) == nil {
			t.Errorf("%q is accepted as a path", bad)
		}
	}
}

func TestValues(t *testing.T) {
	for word, want := range map[string]string{
		"true": "true", "t": "true", "1": "true", "inactive": "true", "2023-05-11 08:15:30.123456+00": "true", "": "false", "f": "false", "active": "false",
		"0": "false", "0000-00-00 00:00:00": "false", "null": "false", "maybe": "error", "-1x": "error",
	} {
		got, err := truth(word)
		if s := fmt.Sprint(got); (err == nil && s != want) || (err != nil) != (want == "error") {
			t.Errorf("%q is %s, %v, want %s", word, s, err, want)
		}
	}
	for word, want := range map[string]string{
		"2023-05-11T08:15:30Z": "2023-05-11T08:15:30Z", "2023-05-11 08:15:30.123456+00": "2023-05-11T08:15:30Z", "2023-05-11 08:15:30+05:30": "2023-05-11T02:45:30Z",
		"2023-05-11 08:15:30": "2023-05-11T08:15:30Z", "2023-05-11": "2023-05-11T00:00:00Z", "1486324027000": "2017-02-05T19:47:07Z", "1486324027": "2017-02-05T19:47:07Z",
		"": "0001-01-01T00:00:00Z", "0000-00-00 00:00:00": "0001-01-01T00:00:00Z",
	} {
		got, err := instant(word)
		if s := got.UTC().Format("2006-01-02T15:04:05Z"); err != nil || s != want {
			t.Errorf("%q is %s, %v, want %s", word, s, err, want)
		}
	}
	if _, err := instant("soon"); err == nil {
		t.Error("soon is accepted as a time")
	}
}
