package test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/test/kit"
)

// A column with a user id or an address pseudonym is recognized by its name.
var ofPerson = regexp.MustCompile("^(user_id|actor_id|owner_id|subject|address|phone|email|username)$")

// notExported lists tables or columns that an export need not contain, with the reason, as
// in docs/export.md.
var notExported = map[string]string{
	"revocation":         "for an hour, which sessions have ended: sessions and events tell it as well",
	"webhook":            "for seven days, what other services are told of what the export has",
	"credential.id":      "a number of the row",
	"credential.secret":  "helps to guess the password",
	"token.hash":         "of a secret",
	"token.prev_hash":    "of a secret",
	"token.challenge":    "of a secret",
	"event.actor_id":     "is about other people",
	"event.actor":        "is about other people",
	"delivery.message":   "joins the steps of a message, which stand together",
	"delivery.send":      "joins the steps of a message, which stand together",
	"delivery.opens":     "the first step is the first",
	"delivery.block":     "is about a thousand numbers",
	"delivery.price":     "is of the operator's bill",
	"origin.id":          "is made of the source and the id there",
	"origin.hash":        "of the effort of a hash",
	"origin.user_id":     "is the user's id",
	"link.id":            "a number of the row",
	"link.user_id":       "is the user's id",
	"avatar.id":          "names the files of the picture, to which user.avatar leads",
	"avatar.user_id":     "is the user's id",
	"avatar.hash":        "is that of user.avatar",
	"avatar.due":         "is of a picture that is to be removed",
	"avatar.created":     "is told by the event avatar_changed",
	"passkey.user_id":    "is the user's id",
	"passkey.hash":       "is of the credential id",
	"passkey.challenge":  "of what was signed last",
	"failure.rev":        "tells two copies apart",
	"mfa.user_id":        "is the user's id",
	"mfa.secret":         "is a secret",
	"mfa.pending":        "is a secret",
	"mfa.pepper":         "tells how a secret is sealed",
	"mfa.step":           "is told as the time it stands for",
	"mfa.tries":          "counts for a minute",
	"recovery_code.id":   "of a secret",
	"user.epoch":         "ends codes",
	"user.profile":       "counts changes",
	"profile.user_id":    "is the user's id",
	"credential.user_id": "is the user's id",
	"token.user_id":      "is the user's id",
	"event.user_id":      "is the user's id",
	"delivery.address":   "is told as the kind of the address",

	"recovery_code.user_id": "is the user's id",
}

// notErased lists tables that keep rows when a user is erased, with the reason, as in
// docs/accounts.md under Leaving.
var notErased = map[string]string{
	"event":      "the trail keeps a number that stands for nobody, and pseudonyms, as long as it is kept",
	"delivery":   "pseudonyms, as long as timelines are kept",
	"failure":    "wrong codes for an address under its pseudonym, so that nobody gets more tries by leaving",
	"webhook":    "what is still to be told to other services, and goes once they have been told of the end",
	"revocation": "for an hour, that the sessions have ended: that is what erases them on every node",
}

// tables returns the columns of every table of the migrations.
func (s *stores) tables() map[string][]string {
	s.t.Helper()
	query := "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
	if s.app.Backend == kit.Embedded {
		query = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
	}
	rows, err := s.db.Query(query)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			s.t.Fatal(err)
		}
		all[table] = append(all[table], column)
	}
	if len(all) < 9 {
		s.t.Fatalf("found only the tables %v", all)
	}
	return all
}

// personal returns the tables with data about people.
func (s *stores) personal() map[string][]string {
	all := s.tables()
	for table, columns := range all {
		if !slices.ContainsFunc(columns, ofPerson.MatchString) {
			delete(all, table)
		}
	}
	return all
}

// marks returns values that identify each column of a row. Most times in the export are in
// seconds.
type marks struct {
	t      *testing.T
	user   int64
	phone  string
	told   string // the pseudonym of the phone
	n      int64
	in     map[string]any
	export string
}

func (m *marks) of(table, column string) any {
	m.n++
	now := time.Now().UnixMilli()
	var value any = fmt.Sprintf("mark%d", m.n)
	switch name := table + "." + column; {
	case column == "user_id":
		value = m.user
	case column == "address":
		value = m.told
	case name == "event.id", name == "delivery.id":
		value = fmt.Sprintf("%026d", m.n)
	case name == "event.actor_id", name == "delivery.opens":
		value = map[string]int64{"event.actor_id": 0, "delivery.opens": 1}[name]
	case name == "passkey.eligible", name == "passkey.backed_up":
		value = int64(1)
	case name == "event.actor":
		value = ""
	case name == "profile.metadata", name == "profile.app_metadata":
		value = fmt.Sprintf(`{"k":"mark%d"}`, m.n)
	case name == "delivery.country":
		value = "ZZ"
	case name == "user.ban_until":
		value = now + 86_400_000 + m.n*7_000
	case name == "user.username", name == "user.email", name == "user.role", name == "user.status", name == "user.id", name == "user.phone":
		value = nil // unchanged
	case numeric(table, column):
		value = now - 1_000_000 + m.n*7_000
	}
	m.in[table+"."+column] = value
	return value
}

// numeric matches the columns with numbers.
func numeric(table, column string) bool {
	return slices.Contains([]string{
		"at", "created", "rotated", "expires", "ends", "revoked", "auth_time", "generation", "changed", "seen", "epoch", "profile",
		"send", "code", "price", "rev", "in_a_row", "hour", "hour_ends", "day", "day_ends", "last", "due",
		"confirmed", "step", "minute", "tries", "failed", "required", "reset_due", "used", "last_used", "told", "counter", "cloned", "anonymous",
	}, column) || table == "credential" && column == "id"
}

// has reports whether the export contains a value.
func (m *marks) has(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case int64:
		return strings.Contains(m.export, fmt.Sprint(v)) || strings.Contains(m.export, fmt.Sprint(v/1000)) && v > math.MaxInt32
	case string:
		var document map[string]string
		if json.Unmarshal([]byte(v), &document) == nil {
			v = document["k"]
		}
		return v == "" || strings.Contains(m.export, v+`"`)
	}
	m.t.Fatalf("a value of type %T", value)
	return false
}

// Every column of every table with user data is in the export, and no table has data of the
// user once the account is erased. A new table or column must be added to sections in
// internal/export and erased with the user, or be on one of the lists above with a reason.
func TestTables_exportedAndErased(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		s, user := openStores(t, app), app.SignIn(phone)
		s.settle()
		m := &marks{t: t, user: idOf(app, user), phone: phone, in: map[string]any{}}
		address, err := address.ParsePhone(phone, "")
		if err != nil {
			t.Fatal(err)
		}
		m.told = app.Service.Audit.Pseudonym(address)
		for _, table := range []string{"user", "profile", "credential", "event", "delivery", "failure", "token", "origin", "avatar", "passkey", "mfa", "recovery_code", "link"} {
			m.fill(s, table)
		}
		// A user with a second factor needs it for an export.
		m.in["token.amr"] = fmt.Sprint(m.in["token.amr"], " mfa")
		if _, err := s.db.Exec("UPDATE `token` SET `amr` = ?", m.in["token.amr"]); err != nil {
			t.Fatal(err)
		}
		export := app.Get("/user/export", user.Access)
		export.Want(t, 200, "")
		wantSchema(t, export.Body)
		m.export = string(export.Body)
		for table, columns := range s.personal() {
			if notExported[table] != "" {
				continue
			}
			for _, column := range columns {
				name := table + "." + column
				value, filled := m.in[name]
				switch reason := notExported[name]; {
				case !filled:
					t.Errorf("%s is new: fill it here, and export it or say in notExported why not", name)
				case reason == "" && !m.has(value):
					t.Errorf("the export lacks %s, whose value is %v", name, value)
				case reason != "" && column != "user_id" && column != "actor_id" && column != "address" && value != int64(1) && value != "" && m.has(value):
					t.Errorf("the export contains %s, which it must not: %s", name, reason)
				}
			}
		}

		app.Advance(time.Minute)
		id, code := codeFor(t, app, "delete", byPhone, phone)
		leave(app, user, object{"otpId": id, "otp": code}).Want(t, 204, "")
		s.settle()
		for table, columns := range s.personal() {
			for _, column := range columns {
				var left int
				// As texts: in MySQL a pseudonym that begins with a letter equals the
				// number 0.
				query := fmt.Sprintf("SELECT COUNT(*) FROM `%s` WHERE CAST(`%s` AS CHAR) IN (?, ?, ?)", table, column)
				if err := s.db.QueryRow(query, fmt.Sprint(m.user), phone, m.told).Scan(&left); err != nil {
					t.Fatal(err)
				}
				if left > 0 && notErased[table] == "" {
					t.Errorf("%d rows of %s have the user in %s after the account was erased", left, table, column)
				}
			}
		}
	})
}

// fill inserts a row for the user in which every column has a distinct value.
func (m *marks) fill(s *stores, table string) {
	m.t.Helper()
	var columns, places []string
	var values []any
	for _, column := range s.tables()[table] {
		if value := m.of(table, column); value != nil {
			columns, places, values = append(columns, "`"+column+"`"), append(places, "?"), append(values, value)
		}
	}
	query := fmt.Sprintf("INSERT INTO `%s` (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(places, ", "))
	if table == "user" {
		query = fmt.Sprintf("UPDATE `user` SET %s = ? WHERE `id` = ?", strings.Join(columns, " = ?, "))
		values = append(values, m.user)
	}
	if _, err := s.db.Exec(query, values...); err != nil {
		m.t.Fatalf("%s: %v", table, err)
	}
}
