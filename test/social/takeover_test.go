package social

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const victim = "victim@gmail.com"

// mailed signs in with a code to an address.
func (w *world) mailed(address string) kit.Response {
	w.t.Helper()
	w.Advance(2 * time.Minute) // waits for the cooldown
	before := len(w.Inbox(address, 0))
	asked := w.Post("/user/otp", object{"email": address})
	asked.Want(w.t, http.StatusOK, "")
	code := w.Inbox(address, before+1)[0]
	resp := w.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": code})
	resp.Want(w.t, http.StatusOK, "")
	return resp
}

// says returns an id_token of a person with an address.
func (w *world) says(provider, subject string, email claims) kit.Response {
	w.t.Helper()
	w.nonces++
	nonce := string(rune('a'+w.nonces%26)) + "-nonce"
	return w.native(provider, w.issuerOf(provider).IDToken(subject, merged(claims{"nonce": nonce}, email)), nonce)
}

// email returns the address of an account, or "".
func (w *world) email(r kit.Response) string {
	w.t.Helper()
	info := w.Get("/user/info", r.Tokens().Access)
	info.Want(w.t, http.StatusOK, "")
	return info.Text("email")
}

// An address is ignored if the provider is not authoritative for it or has not verified it:
// its user gets an account without the address.
var unproven = map[string]struct {
	provider string
	email    claims
}{
	"by a provider that is not believed":     {"other", claims{"email": victim, "email_verified": true}},
	"not verified":                           {"google", claims{"email": victim, "email_verified": false}},
	"not said to be verified":                {"google", claims{"email": victim}},
	"verified, as a text that is not true":   {"google", claims{"email": victim, "email_verified": "TRUE"}},
	"verified, as a number":                  {"google", claims{"email": victim, "email_verified": 1}},
	"verified, as a list":                    {"google", claims{"email": victim, "email_verified": []bool{true}}},
	"verified, as an object":                 {"google", claims{"email": victim, "email_verified": claims{"value": true}}},
	"verified under another name":            {"google", claims{"email": victim, "Email_Verified": true, "verified": true}},
	"verified, of another domain":            {"google", claims{"email": "victim@gmail.com.evil.example", "email_verified": true}},
	"verified, of a domain in other letters": {"google", claims{"email": "victim@gmaiI.com", "email_verified": true}},
	"verified, with a domain of its own":     {"google", claims{"email": "victim@corp.example", "email_verified": true, "hd": "corp.example"}},
	"verified, two addresses in one":         {"google", claims{"email": victim + ", evil@evil.example", "email_verified": true}},
	"verified, with a line break":            {"google", claims{"email": victim + "\n", "email_verified": true}},
	"verified, quoted":                       {"google", claims{"email": `"x@evil.example"@gmail.com `, "email_verified": true}},
	"of no text":                             {"google", claims{"email": []string{victim}, "email_verified": true}},
}

// Case one: the victim has an account, and somebody signs in with a provider that claims
// the victim's address.
func TestTakeOver_victimFirst(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	theirs := w.subjectOf(w.mailed(victim))
	evil := 0
	for name, tt := range unproven {
		evil++
		resp := w.says(tt.provider, fmt.Sprint("evil-", evil), tt.email)
		if resp.Status == http.StatusUnauthorized { // an address that is no string makes the id_token invalid
			continue
		}
		resp.Want(t, http.StatusOK, "")
		if who, email := w.subjectOf(resp), w.email(resp); who == theirs || email != "" {
			t.Errorf("an address %s opens account %s, with the address %q", name, who, email)
		}
	}
	// Even an authoritative provider does not join accounts: only the user who holds both
	// can link them.
	w.says("google", "victim", claims{"email": victim, "email_verified": true}).Want(t, http.StatusConflict, "email_taken")
	w.says("google", "victim", claims{"email": "VICTIM@GMail.com", "email_verified": "true"}).Want(t, http.StatusConflict, "email_taken")
	resp := w.sign("github", "octo")
	resp.Want(t, http.StatusOK, "")
	if email := w.email(resp); email != "" {
		t.Errorf("the address from GitHub, which issues no mailboxes, was trusted: %s", email)
	}
	if again := w.mailed(victim); w.subjectOf(again) != theirs {
		t.Error("the victim gets another account")
	}
}

// Case two: the attacker has an account with the victim's address as claimed by a provider,
// and waits for the victim.
func TestTakeOver_attackerFirst(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	evil := w.says("other", "evil", claims{"email": victim, "email_verified": true})
	evil.Want(t, http.StatusOK, "")
	lurks := w.subjectOf(evil)
	for name, come := range map[string]func() kit.Response{
		"by the provider that gives the address out": func() kit.Response {
			return w.says("google", "victim", claims{"email": victim, "email_verified": true})
		},
		"by a code":                 func() kit.Response { return w.mailed(victim) },
		"by the provider of before": func() kit.Response { return w.says("other", "victim", claims{"email": victim, "email_verified": true}) },
	} {
		resp := come()
		if resp.Status == http.StatusConflict { // the victim has two ways, and has used the other one first
			resp.Want(t, http.StatusConflict, "email_taken")
			continue
		}
		resp.Want(t, http.StatusOK, "")
		if w.subjectOf(resp) == lurks {
			t.Errorf("the victim gets %s into the attacker's account", name)
		}
	}
	again := w.says("other", "evil", claims{"email": victim, "email_verified": true})
	again.Want(t, http.StatusOK, "")
	if w.subjectOf(again) != lurks || w.email(again) != "" {
		t.Errorf("the attacker gets into account %s, with the address %q", w.subjectOf(again), w.email(again))
	}
}

// An address belongs to its first user, but a link to the holder of the subject: an address
// reassigned by the provider opens nothing.
func TestTakeOver_addressMoves(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	first := w.says("google", "first", claims{"email": victim, "email_verified": true})
	first.Want(t, http.StatusOK, "")
	if w.email(first) != victim {
		t.Fatalf("the address is %q", w.email(first))
	}
	w.says("google", "second", claims{"email": victim, "email_verified": true}).Want(t, http.StatusConflict, "email_taken")
	same := w.says("google", "first", claims{"email": "new@gmail.com", "email_verified": true})
	same.Want(t, http.StatusOK, "")
	if w.subjectOf(same) != w.subjectOf(first) || w.email(same) != victim {
		t.Errorf("account %s has %q", w.subjectOf(same), w.email(same))
	}
}
