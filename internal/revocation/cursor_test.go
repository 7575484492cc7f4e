package revocation

import "testing"

// Any text is either parsed as a cursor that formats to the same text, or rejected.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		"", "1", "2", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "1________________________________", cursor{1, 2, 3}.String(),
		cursor{1, 2, -1}.String() + "A", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "1ÄAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c := parseCursor(text); c != (cursor{}) && c.String() != text {
			t.Errorf("%q is parsed as %+v, which formats to %q", text, c, c.String())
		}
	})
}
