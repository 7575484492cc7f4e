package keyring_test

import (
	"strings"
	"testing"
)

// A sealed text opens only for its own context, in one spelling and within the length limit.
func TestSealText(t *testing.T) {
	r := newRing(t, strings.Repeat("p", 32))
	type said struct{ User int64 }
	text, err := r.SealText("one", said{7})
	if err != nil {
		t.Fatal(err)
	}
	var got said
	if !r.OpenText("one", text, len(text), &got) || got.User != 7 {
		t.Errorf("it opens as %+v", got)
	}
	for name, ok := range map[string]bool{
		"another context":      r.OpenText("two", text, 1<<10, &got),
		"too long":             r.OpenText("one", text, len(text)-1, &got),
		"a line break":         r.OpenText("one", text[:9]+"\n"+text[9:], 1<<10, &got),
		"another letter":       r.OpenText("one", "B"+text[1:], 1<<10, &got),
		"nothing":              r.OpenText("one", "", 1<<10, &got),
		"another kind of JSON": r.OpenText("one", text, 1<<10, new([]int)),
	} {
		if ok {
			t.Errorf("%s: it opens", name)
		}
	}
}
