package notice_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/event"
	"user-api/internal/notice"
)

// The page lists exactly the kinds of events that cause notices, with each notice and its
// class.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "<!-- notices -->")
	table, _, ok := strings.Cut(table, "<!-- /notices -->")
	if !ok {
		t.Fatal("the page has no markers around its table")
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\| [^|]+ \\| (\\w+) \\|$").FindAllStringSubmatch(table, -1) {
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
			listed = append(listed, row[1]+" "+name[1]+" "+row[3])
		}
	}
	var want []string
	for kind, keeping := range event.Kinds {
		if !keeping.Notice {
			continue
		}
		for _, e := range []event.Event{
			{Kind: kind, Address: phone, Proven: []address.Address{mail}}, {Kind: kind, Address: mail2, Proven: []address.Address{mail}},
			{Kind: kind, Address: other, Replaced: phone}, {Kind: kind, Address: mail2, Replaced: mail},
		} {
			n, p := newNotices(t, func(o *notice.Options) { o.Networks = strangers{} })
			n.Keep(from("203.0.113.7"), e)
			drain(t, n)
			for _, due := range p.due {
				want = append(want, string(kind)+" "+due.Name+" "+map[bool]string{true: "routine", false: "urgent"}[due.Routine])
			}
		}
	}
	slices.Sort(want)
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Compact(want), listed); diff != "" {
		t.Errorf("notices (-kinds +page):\n%s", diff)
	}
	if sentence := strings.ReplaceAll(string(text), "\n> ", " "); !strings.Contains(sentence, render(t, "password_reset")) {
		t.Error("the page shows a text that is not sent")
	}
}

func render(t *testing.T, name string) string {
	t.Helper()
	texts, err := template.New(template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return texts.Render(template.Request{App: "Acme", Channel: channel.SMS, Notice: name}).Text
}
