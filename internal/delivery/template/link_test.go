package template_test

import (
	"html"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/testkit"
)

const (
	signInPage = "https://app.example.com/signin?next=home"
	otpID      = "kvyGIhMcVVm9cAiTI8X4Y2zA"
)

// Every e-mail with a code to sign in has the link, once in each part, with challenge and code
// in its fragment. No other message has it, and no part loads or links to anything else.
func TestSignInLink(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	s := newSet(t, template.Options{SignInURL: signInPage})
	links := regexp.MustCompile(`https?://[^\s"<]+`)
	elsewhere := regexp.MustCompile(`(?i)src=|url\(|@import|<img|<link|<script|<form|srcset|background=`)
	each(t, s, func(t *testing.T, r template.Request, _ template.Message) {
		r.OtpID = otpID
		m := s.Render(r)
		if elsewhere.MatchString(m.HTML) || links.MatchString(m.Subject) {
			t.Errorf("something is loaded, or a link in the subject:\n%s\n%s", m.Subject, m.HTML)
		}
		want := 0
		if r.Channel == channel.Email && r.Purpose == "login" {
			want = 1
		}
		for part, text := range map[string]string{"text": m.Text, "HTML": html.UnescapeString(m.HTML)} {
			found := links.FindAllString(text, -1)
			if len(found) != want {
				t.Fatalf("links in the %s: %q, want %d", part, found, want)
			}
			for _, link := range found {
				u, err := url.Parse(link)
				if err != nil {
					t.Fatal(err)
				}
				fragment, err := url.ParseQuery(u.Fragment)
				if u.Fragment = ""; u.String() != signInPage || err != nil || fragment.Get("otpId") != otpID || fragment.Get("otp") != r.Code || len(fragment) != 2 {
					t.Errorf("the %s links to %s with %v", part, u, fragment)
				}
			}
		}
	})
}

// Without a challenge, or without a page, there is no link.
func TestNoSignInLink(t *testing.T) {
	r := template.Request{App: "Acme", Channel: channel.Email, Purpose: "login", Code: "739184", Minutes: 5}
	if m := newSet(t, template.Options{SignInURL: signInPage}).Render(r); strings.Contains(m.Text+m.HTML, "https:") {
		t.Errorf("a link without a challenge:\n%s", m.Text)
	}
	r.OtpID = otpID
	if m := newSet(t, template.Options{}).Render(r); strings.Contains(m.Text+m.HTML, "https:") || strings.Contains(m.Text+m.HTML, otpID) {
		t.Errorf("a link without a page:\n%s", m.Text)
	}
}

func TestPlainPartWithALink(t *testing.T) {
	m := newSet(t, template.Options{SignInURL: "https://app.example.com/signin"}).Render(template.Request{
		App: "Acme", Channel: channel.Email, Purpose: "login", Code: "739184", Minutes: 5, OtpID: otpID,
	})
	want := "Your Acme code to sign in is\n\n    739184\n\nOr sign in with this link:\n\nhttps://app.example.com/signin#otp=739184&otpId=" + otpID + "\n\n" +
		"It works once and expires in 5 min. Never share it: we will never ask you for it.\n\nIf you did not ask for it, you can ignore this message.\n"
	if m.Text != want {
		t.Errorf("%q, want %q", m.Text, want)
	}
}

// A file of an operator only needs the text of the link if there is a link.
func TestWordsOfTheLink(t *testing.T) {
	dir := folder(t, map[string]string{"ta.yaml": good})
	newSet(t, template.Options{Dir: dir})
	_, err := template.New(template.Options{Dir: dir, SignInURL: signInPage})
	if want := "template: " + filepath.Join(dir, "ta.yaml") + ": email.link is missing, and Email.Link is set"; err == nil || err.Error() != want {
		t.Errorf("without a text: %v, want %s", err, want)
	}
	newSet(t, template.Options{Dir: dir, SignInURL: signInPage, Languages: []string{"en", "hi"}})
	newSet(t, template.Options{
		Dir: folder(t, map[string]string{"ta.yaml": strings.Replace(good, "email: {", `email: {link: "Sign in", `, 1)}), SignInURL: signInPage,
	})
	_, err = template.New(template.Options{Dir: folder(t, map[string]string{"ta.yaml": strings.Replace(good, "email: {", `email: {link: "{code}", `, 1)})})
	if err == nil || !strings.Contains(err.Error(), "email.link must have {code} 0 times") {
		t.Errorf("a text with a code: %v", err)
	}
}
