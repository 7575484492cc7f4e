package arch

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"user-api/internal/config"
)

var update = flag.Bool("update", false, "write the table of docs/guard.md")

// limits say of each key what docs/guard.md tells.
var limits = []struct{ class, key, counts string }{
	{"cooldown", "Otp.Cooldown", "seconds between two messages to one address, in a lane"},
	{"address", "RateLimit.Send.Address", "messages to one phone number, from all networks"},
	{"address", "RateLimit.Send.Email", "messages to one mailbox, from all networks"},
	{"client", "RateLimit.Send.Client", "messages requested by one client: IPv4, or a /64 of IPv6; wider networks have `Network` times the limit"},
	{"block", "RateLimit.Send.Block", "messages to a thousand numbers that are equal except for the last three digits"},
	{"country", "RateLimit.Send.Country", "messages to the numbers of one country"},
	{"global", "RateLimit.Send.Global", "messages in total"},
	{"budget", "RateLimit.Budget.Block", "US dollars in 24 hours, for a thousand numbers"},
	{"budget", "RateLimit.Budget.Country", "US dollars in 24 hours, for one country"},
	{"budget", "RateLimit.Budget.Day", "US dollars in 24 hours, in total"},
	{"conversion", "RateLimit.Conversion.MinPercent", "percentage of requesting networks that used a code, per thousand numbers and per country"},
	{"verify", "RateLimit.Verify.Client", "wrong codes of one client"},
	{"locked", "", "wrong codes for one address: 10 in an hour, 30 in a day, 100 in a row; for an authenticator app, 100 in a row"},
	{"second_factor", "", "codes of an authenticator app and recovery codes of one user: 5 within any minute ([second factors](mfa.md#limits))"},
	{"password", "RateLimit.Password.Account", "failed sign-ins to one account from one network: IPv4 /24, IPv6 /48"},
	{"password", "RateLimit.Password.Client", "failed sign-ins of one client"},
	{"password", "RateLimit.Password.Attempts", "sign-ins of one client by password, including successful ones"},
	{"account", "", "failed sign-ins to one account in a row, from all networks: 100, of which strangers may use 75, and one network of strangers 25"},
	{"refresh", "RateLimit.Refresh.Client", "refreshes of one client"},
	{"register", "RateLimit.Register.Client", "registrations of one client"},
	{"lookup", "RateLimit.Lookup.Client", "unknown ids of messages, invitations and users with a picture, from one client"},
	{"rename", "RateLimit.User.Rename", "changes of one user's name, including attempts at taken names"},
	{"act", "RateLimit.User.Acts", "exports, changes of password and second factors, and sign-outs everywhere, per session"},
	{"machine", "RateLimit.Machine.Client", "refused machine credentials from one client address"},
	{"machine", "RateLimit.Machine.Id", "refused credentials for one machine from one network: IPv4 /24, IPv6 /48"},
	{"machine", "RateLimit.Machine.Requests", "requests of one machine without its own limit"},
	{"avatar", "RateLimit.Avatar.User", "pictures uploaded by one user"},
	{"avatar", "RateLimit.Avatar.Client", "pictures uploaded by one client"},
	{"mails", "RateLimit.User.Mail", "e-mails with a code that one signed-in user requests, to any addresses"},
	{"refused", "RateLimit.User.Refused", "refused requests of one session"},
	{"captcha", "RateLimit.Captcha.Client", "captcha tokens of one client that the provider refused"},
	{"captcha", "RateLimit.Captcha.Demands", "captchas required of one client"},
	{"notices", "Notices.PerAddress", "notices to one address; refuses no request"},
}

// The table of limits is made from the defaults and has a row for each of them.
func TestDocs_limits(t *testing.T) {
	defaults, err := config.Parse([]byte("Mode: dev"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	named, rows := map[string]bool{}, "| `limit` | key | default (count/seconds) | counts |\n|---|---|---|---|\n"
	for _, l := range limits {
		key, value := "", ""
		if named[l.key] = true; l.key != "" {
			v := reflect.ValueOf(defaults)
			for name := range strings.SplitSeq(l.key, ".") {
				v = v.FieldByName(name)
			}
			key, value = "`"+l.key+"`", fmt.Sprintf("`%v`", v)
		}
		rows += fmt.Sprintf("| `%s` | %s | %s | %s |\n", l.class, key, value, l.counts)
	}
	for _, section := range []string{"Send", "Verify", "Password", "Refresh", "Register", "Captcha", "Lookup", "User"} {
		fields := reflect.ValueOf(defaults.RateLimit).FieldByName(section).Type()
		for i := range fields.NumField() {
			if key := "RateLimit." + section + "." + fields.Field(i).Name; !named[key] {
				t.Errorf("%s has no row", key)
			}
		}
	}
	text := page(t, "docs/guard.md")
	before, rest, _ := strings.Cut(text, "<!-- limits -->\n")
	table, after, ok := strings.Cut(rest, "<!-- /limits -->")
	if !ok {
		t.Fatal("docs/guard.md has no marks for the table of limits")
	}
	if *update {
		if err := os.WriteFile("../../docs/guard.md", []byte(before+"<!-- limits -->\n"+rows+"<!-- /limits -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != rows {
		t.Errorf("the table of docs/guard.md is not that of the code; go test ./test/arch -update writes it:\n%s", rows)
	}
}
