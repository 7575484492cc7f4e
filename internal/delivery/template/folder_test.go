package template_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/testkit"
)

// good is a valid language file.
const good = `
countries: [IN]
codes:
  login: {sms: "{code} {app}", voice: "{app} {code}, {code}", subject: "{app}", lead: "Code"}
  reset: {sms: "{code} {app} r", voice: "{app} {code}, {code}", subject: "{app}", lead: "Code"}
  bind: {sms: "{code} {app} b", voice: "{app} {code}, {code}", subject: "{app}", lead: "Code"}
  delete: {sms: "{code} {app} d", voice: "{app} {code}, {code}", subject: "{app}", lead: "Code"}
notices:
  password_changed: {sms: "{app} changed", lead: "{app} was changed"}
  password_reset: {sms: "{app} reset", lead: "{app}"}
  password_reset_asked: {sms: "{app}", lead: "{app}"}
  phone_added: {sms: "{app}", lead: "{app}"}
  email_added: {sms: "{app}", lead: "{app}"}
  phone_replaced: {sms: "{app}", lead: "{app}"}
  email_replaced: {sms: "{app}", lead: "{app}"}
  phone_removed: {sms: "{app}", lead: "{app}"}
  email_removed: {sms: "{app}", lead: "{app}"}
  sign_in: {sms: "{app}", lead: "{app}"}
  totp_added: {sms: "{app}", lead: "{app}"}
  totp_removed: {sms: "{app}", lead: "{app}"}
  recovery_codes_made: {sms: "{app}", lead: "{app}"}
  recovery_code_used: {sms: "{app}", lead: "{app}"}
  mfa_reset_asked: {sms: "{app}", lead: "{app}"}
  mfa_reset: {sms: "{app}", lead: "{app}"}
  passkey_added: {sms: "{app}", lead: "{app}"}
  passkey_removed: {sms: "{app}", lead: "{app}"}
  passkey_cloned: {sms: "{app}", lead: "{app}"}
  link_added: {sms: "{app}", lead: "{app}"}
  link_removed: {sms: "{app}", lead: "{app}"}
email: {code: ["{minutes} min"], reset: "Reset", change: "Change", contact: "Contact"}
`

// folder creates a folder with files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolderAddsAndReplaces(t *testing.T) {
	dir := folder(t, map[string]string{
		"ta.yaml": good, "en.yaml": strings.Replace(good, "[IN]", "[JP]", 1), "..data": "a hidden file is no language",
	})
	s := newSet(t, template.Options{Dir: dir})
	tests := []struct{ name, locale, country, language, text string }{
		{"a language added", "ta", "", "ta", "123456 Acme"},
		{"a country of the added one", "", "IN", "ta", "123456 Acme"},
		{"a language replaced", "en", "", "en", "123456 Acme"},
		{"a country taken from a shipped one", "", "JP", "en", "123456 Acme"},
		{"a shipped language", "de", "", "de", "123456 ist Ihr Acme-Code, um sich anzumelden. Geben Sie ihn nie weiter: Wir fragen nie danach."},
	}
	for _, tt := range tests {
		m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Locale: tt.locale, Country: tt.country, Purpose: "login", Code: "123456"})
		if m.Language != tt.language || m.Text != tt.text {
			t.Errorf("%s: %q in %s, want %q in %s", tt.name, m.Text, m.Language, tt.text, tt.language)
		}
	}
	if n := len(s.Languages()); n != len(newSet(t, template.Options{}).Languages())+1 {
		t.Errorf("%d languages, want one more than are shipped", n)
	}
}

func TestFolderIsJudged(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	change := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	tests := []struct{ name, file, text, want string }{
		{"a name that is no tag", "hindi!.yaml", good, "must be named by a BCP 47 tag, as pt-BR.yaml"},
		{"a tag in another spelling", "PT-br.yaml", good, "must be named by a BCP 47 tag, as pt-BR.yaml"},
		{"another kind of file", "README.md", good, "must be named by a BCP 47 tag, as pt-BR.yaml"},
		{"an unknown key", "ta.yaml", change("email:", "e-mail:"), "line 30: field e-mail not found in type template.texts"},
		{"a file of an earlier release", "ta.yaml", "sms: {code: \"{code} {app}\"}", "line 1: field sms not found in type template.texts"},
		{"no YAML", "ta.yaml", "email: [", "line 1: did not find expected node content"},
		{"two documents", "ta.yaml", good + "\n---\n" + good, "must be one YAML document"},
		{"no such country", "ta.yaml", change("IN", "XX"), `countries: "XX" is no ISO 3166 country`},
		{"an unknown purpose", "ta.yaml", change("notices:", "  pay: {}\nnotices:"), "codes.pay is unknown, want login, reset, bind, delete"},
		{"an unknown notice", "ta.yaml", change("email:", "  paid: {}\nemail:"),
			"notices.paid is unknown, want email_added, email_removed, email_replaced, link_added, link_removed, mfa_reset, mfa_reset_asked, passkey_added, passkey_cloned, passkey_removed, password_changed, password_reset, password_reset_asked, phone_added, phone_removed, phone_replaced, recovery_code_used, recovery_codes_made, sign_in, totp_added, totp_removed"},
		{"an unknown placeholder", "ta.yaml", change("{app} changed", "{app} changed for {phone}"), "notices.password_changed.sms must not have {phone}"},
		{"minutes in a notice", "ta.yaml", change("{app} was changed", "{app} {minutes}"), "notices.password_changed.lead must not have {minutes}"},
		{"a code in a notice", "ta.yaml", change("{app} was changed", "{app} {code}"), "notices.password_changed.lead must have {code} 0 times, has it 1 times"},
		{"a code in an advice", "ta.yaml", change(`"Contact"`, `"{code}"`), "email.contact must have {code} 0 times, has it 1 times"},
		{"half a placeholder", "ta.yaml", change("{app} changed", "{app} {changed"), "notices.password_changed.sms has a brace without its other half"},
		{"no code", "ta.yaml", change(`"{code} {app}"`, `"{app}"`), "codes.login.sms must have {code} 1 times, has it 0 times"},
		{"a code spoken once", "ta.yaml", change("{app} {code}, {code}", "{app} {code}"), "codes.login.voice must have {code} 2 times, has it 1 times"},
		{"a code in a subject", "ta.yaml", change(`subject: "{app}"`, `subject: "{app} {code}"`), "codes.login.subject must have {code} 0 times, has it 1 times"},
		{"no name of the app", "ta.yaml", change(`"{code} {app}"`, `"{code}"`), "codes.login.sms must have {app}"},
		{"a link", "ta.yaml", change("{app} changed", "{app}: https://example.com/x"), "notices.password_changed.sms must not have a link, or anything that looks like one"},
		{"a domain", "ta.yaml", change("{app} changed", "{app} example.com"), "notices.password_changed.sms must not have a link, or anything that looks like one"},
		{"a line break", "ta.yaml", change("{app} changed", `{app}\r\nBcc`), "notices.password_changed.sms must be one line without control characters"},
		{"text turned around", "ta.yaml", change("{app} changed", `{app} \u202E changed`), "notices.password_changed.sms must be one line without control characters"},
		{"a missing text", "ta.yaml", change(`subject: "{app}", lead: "Code"}`, `subject: "{app}"}`), "codes.login.lead is missing"},
		{"a missing advice", "ta.yaml", change(`, contact: "Contact"`, ""), "email.contact is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, map[string]string{tt.file: tt.text})
			_, err := template.New(template.Options{Dir: dir})
			if err == nil {
				t.Fatal("New: nil, want an error")
			}
			if diff := cmp.Diff("template: "+filepath.Join(dir, tt.file)+": "+tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryProblemIsTold(t *testing.T) {
	broken := strings.NewReplacer("{code} {app}\"", "{x}\"", "Contact", "www.x").Replace(good)
	_, err := template.New(template.Options{Dir: folder(t, map[string]string{"ta.yaml": broken, "te.yaml": good, "mr.yaml": good, "x": ""})})
	if err == nil {
		t.Fatal("New: nil, want an error")
	}
	for _, want := range []string{
		"ta.yaml: codes.login.sms must not have {x}", "ta.yaml: codes.login.sms must have {code}", "ta.yaml: codes.login.sms must have {app}",
		"ta.yaml: email.contact must not have a link", "x: must be named", "te.yaml: countries: IN is named in",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it lacks %q:\n%v", want, err)
		}
	}
	if _, err := template.New(template.Options{Dir: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a missing folder: nil, want an error")
	}
}

// A text that is too long on its own is refused. One that is only too long with the name costs
// more, and Cost says how much.
func TestTextThatIsTooLongIsRefused(t *testing.T) {
	texts := func(x int) (*template.Set, string) {
		long := strings.Replace(good, "{code} {app}\"", "{code} {app} "+strings.Repeat("x", x)+"\"", 1)
		dir := folder(t, map[string]string{"ta.yaml": long})
		return newSet(t, template.Options{Dir: dir}), filepath.Join(dir, "ta.yaml")
	}
	s, _ := texts(144)
	if err, cost := s.Check("Acme"), s.Cost("Acme"); err != nil || cost != "" {
		t.Errorf("at 160 septets: %v, %q", err, cost)
	}
	want := `with the name of the app, "Acmee", text messages take up to 2 segments in ta, and each segment is billed: it is long`
	if err, cost := s.Check("Acmee"), s.Cost("Acmee"); err != nil || cost != want {
		t.Errorf("at 161 septets: %v, %q, want %q", err, cost, want)
	}
	s, file := texts(148)
	err := s.Check("Acme")
	if want := "template: " + file + ": codes.login.sms takes 2 segments with a name of one letter, want at most 1"; err == nil || err.Error() != want {
		t.Errorf("at 161 septets without a name: %v, want %s", err, want)
	}
	for _, app := range []string{"", " ", "A\nB", "A\u202eB"} {
		if s.Check(app) == nil {
			t.Errorf("app %q: nil, want an error", app)
		}
	}
}

// originBound parses a message according to the specification of origin-bound one-time codes.
func originBound(message string) (host, code string, ok bool) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(message), "\n")
	m := regexp.MustCompile(`^@([^\t\n\f\r ]+) #([^\t\n\f\r ]+)( .*)?$`).FindStringSubmatch(lines[len(lines)-1])
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func TestOriginBound_examplesOfTheSpecification(t *testing.T) {
	for message, ok := range map[string]bool{
		"747723 is your ExampleCo authentication code.\n\n@example.com #747723":                    true,
		"747723 is your ExampleCo authentication code.\n\n@example.com #747723 @ecommerce.example": true,
		"@example.com #747723 @ecommerce.example $future":                                          true,
		"something @example.com #747723":                                                           false,
		"#747723 @ecommerce.example @example.com":                                                  false,
		"@example.com code #747723":                                                                false,
		"@example.com #747723\nsomething behind it":                                                false,
	} {
		if host, code, got := originBound(message); got != ok || got && (host != "example.com" || code != "747723") {
			t.Errorf("%q: %v, %s, %s; want %v", message, got, host, code, ok)
		}
	}
}

// The exact message of the specification's example is possible, and every text with both lines
// is read by browsers and by Android, in at most two segments.
func TestLinesForPrograms(t *testing.T) {
	spec := strings.Replace(good, "{code} {app}\"", "{code} is your {app} authentication code.\"", 1)
	s := newSet(t, template.Options{WebOTPDomain: domain, Dir: folder(t, map[string]string{"en.yaml": spec})})
	m := s.Render(template.Request{App: "ExampleCo", Channel: channel.SMS, Purpose: "login", Code: "747723"})
	if want := "747723 is your ExampleCo authentication code.\n\n@example.com #747723"; m.Text != want {
		t.Errorf("%q, want %q", m.Text, want)
	}
	s = newSet(t, template.Options{WebOTPDomain: domain, AndroidHash: hash})
	if err := s.Check(longApp); err != nil {
		t.Error(err)
	}
	each(t, s, func(t *testing.T, r template.Request, m template.Message) {
		lines := strings.Split(m.Text, "\n")
		host, code, ok := originBound(m.Text)
		if r.Channel != channel.SMS || r.Notice != "" {
			if ok || slices.Contains(lines, hash) {
				t.Errorf("lines for programs in:\n%s", m.Text)
			}
			return
		}
		if !ok || host != domain || code != longCode || lines[len(lines)-2] != hash {
			t.Errorf("host %q, code %q in:\n%s", host, code, m.Text)
		}
		if n := template.Segments(m.Text); n > 2 {
			t.Errorf("%d segments, want at most 2", n)
		}
	})
}

func TestLinesForProgramsAreCounted(t *testing.T) {
	s := newSet(t, template.Options{WebOTPDomain: strings.Repeat("x", 60) + ".example.com", AndroidHash: hash})
	err := s.Check("Acme")
	if err == nil || !strings.Contains(err.Error(), "texts/hi.yaml: codes.login.sms takes 3 segments with a name of one letter, want at most 2 with the lines of Otp.WebOtpDomain and Otp.AndroidHash") {
		t.Errorf("Check: %v, want the keys and the files", err)
	}
}
