package revocation

import "testing"

// Whatever somebody shows as a cursor is read as one of ours, which is written the same
// way, or as none.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		"", "1", "2", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "1________________________________", cursor{1, 2, 3}.String(),
		cursor{1, 2, -1}.String() + "A", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "1ÄAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c := parseCursor(text); c != (cursor{}) && c.String() != text {
			t.Errorf("%q is read as %+v, which is written %q", text, c, c.String())
		}
	})
}
