package embedded

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() (entries []entry, data []byte) {
	at := time.UnixMilli(1_767_000_000_123)
	entries = []entry{
		{at: at, cmds: []command{{"SET", "k", ""}}},
		{at: at.Add(time.Second), cmds: []command{{"MULTI"}, {"SET", "k", "\x00\r\nü"}, {"EXEC"}}},
		{at: at.Add(-time.Hour), cmds: []command{{"DEL", "k"}}},
	}
	data = []byte(magic)
	for _, e := range entries {
		data = encode(data, e)
	}
	return entries, data
}

func decodeAll(data []byte) ([]entry, error) {
	var got []entry
	_, err := decode(data, func(e entry) { got = append(got, e) })
	return got, err
}

func TestDecodeGivesBackWhatWasEncoded(t *testing.T) {
	want, data := sample()
	got, err := decodeAll(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// FuzzDecode: no input panics, and accepted records re-encode to the input.
func FuzzDecode(f *testing.F) {
	_, data := sample()
	f.Add(data)
	f.Add(data[:len(data)-3])
	f.Add(append([]byte(magic), 0, 0, 0))
	f.Add(encode([]byte(magic), entry{at: time.UnixMilli(0)}))
	f.Add([]byte("something else"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeAll(data)
		if err != nil && len(got) == 0 {
			return
		}
		again := []byte(magic)
		for _, e := range got {
			again = encode(again, e)
		}
		if !bytes.HasPrefix(data, again) {
			t.Errorf("accepted %d records that are not in the input: got %q, want a prefix of %q", len(got), again, data)
		}
	})
}

// FuzzParse covers what the checksums hide from the fuzzer.
func FuzzParse(f *testing.F) {
	_, data := sample()
	f.Add(data[len(magic)+headerSize:])
	f.Add([]byte{0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{0, 0xff, 0xff, 3})
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, ok := parse(payload)
		if !ok {
			return
		}
		again, ok := parse(encode(nil, e)[headerSize:])
		if diff := cmp.Diff(e, again, cmp.AllowUnexported(entry{})); !ok || diff != "" {
			t.Errorf("parsed, encoded and parsed again: %v, differs (-first +second):\n%s", ok, diff)
		}
	})
}
