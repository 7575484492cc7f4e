package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/web"
)

// The policy lets run what is on the page, by its digest, and the page has nothing that
// the policy does not know of.
func TestSignIn_policy(t *testing.T) {
	page := web.SignIn("shop")
	for _, tag := range []string{"style", "script"} {
		inline := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(page, -1)
		if len(inline) != 1 || strings.Count(page, "<"+tag) != 1 {
			t.Fatalf("%d elements %s", len(inline), tag)
		}
		sum := sha256.Sum256([]byte(inline[0][1]))
		if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(web.SignInPolicy, want) {
			t.Errorf("the policy %q lacks %q", web.SignInPolicy, want)
		}
		page = strings.Replace(page, inline[0][0], "", 1)
	}
	for _, rule := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "connect-src 'self'"} {
		if !strings.Contains(web.SignInPolicy, rule) {
			t.Errorf("the policy %q lacks %q", web.SignInPolicy, rule)
		}
	}
	if strings.Contains(web.SignInPolicy, "unsafe") {
		t.Errorf("the policy %q", web.SignInPolicy)
	}
	if found := regexp.MustCompile(`(?i)\s(on\w+|style|src|action|srcdoc)=|javascript:|https?:|<(img|link|iframe|object|base)|\{\{`).FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
	// Each field has its label.
	for _, field := range regexp.MustCompile(`<input id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `<label for="`+field[1]+`"`) {
			t.Errorf("the field %s has no label", field[1])
		}
	}
}

func TestSignIn_name(t *testing.T) {
	if page := web.SignIn(`<b>"x"`); strings.Contains(page, "<b>") || !strings.Contains(page, "&lt;b&gt;&#34;x&#34;") {
		t.Error("the name is not escaped")
	}
}
