package markup_test

import (
	"testing"

	"user-api/internal/markup"
)

func TestFill(t *testing.T) {
	got := markup.Fill(`<p title="{a}">{b}</p>{a}`, "{a}", `"><script>`, "{b}", "it's {a} & more")
	if want := `<p title="&#34;&gt;&lt;script&gt;">it&#39;s {a} &amp; more</p>&#34;&gt;&lt;script&gt;`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
