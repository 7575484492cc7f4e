package imports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/locale"
	"user-api/internal/password"
	"user-api/model"
)

const (
	maxID     = 255 // bytes, the width of the column
	maxLocale = 35
)

type (
	// person is the content of a record.
	person struct {
		account.ImportedUser
		refusal *Refusal
		deleted bool
		// hash, kind and salt describe the password as the source stores it.
		hash, kind, salt string
		unproven         int
	}

	// name identifies a person.
	name struct {
		column    model.UserColumn
		value     string
		spellings []string
		shown     string // masked
	}
)

// refuse rejects a person, unless already rejected, and returns the refusal.
func (p *person) refuse(field, reason, value string) *Refusal {
	if p.refusal == nil {
		p.refusal = &Refusal{Field: field, Reason: reason, Value: value}
	}
	return p.refusal
}

func (p *person) names() []name {
	var names []name
	if p.Username != "" {
		names = append(names, name{model.UserUsername, p.Username, []string{p.Username}, p.Username})
	}
	if !p.Phone.IsZero() {
		names = append(names, name{model.UserPhone, p.Phone.Canonical(), p.Phone.Spellings(), p.Phone.Masked()})
	}
	if !p.Email.IsZero() {
		names = append(names, name{model.UserEmail, p.Email.Canonical(), p.Email.Spellings(), p.Email.Masked()})
	}
	return names
}

// reading parses the fields of one record.
type reading struct {
	*importing
	record Record
	person person
}

func (in *importing) read(record Record) person {
	r := &reading{importing: in, record: record}
	r.identify()
	if r.person.deleted || r.person.refusal != nil {
		return r.person
	}
	r.username()
	r.phone()
	r.email()
	if len(r.person.names()) == 0 {
		detail := "the record has no username and no address"
		if r.person.unproven > 0 {
			detail = "the record has no username, and its addresses are not proven"
		}
		r.person.refuse("", ReasonNoName, "").Detail = detail
	}
	r.role()
	r.ban()
	r.rest()
	return r.person
}

func (r *reading) text(path string) string { return text(r.record.at(path, r.Mapping.Fields)) }

// proven reports whether the address of a field is verified and counts those that are not.
// An empty value means that it is not.
func (r *reading) proven(field, path string) bool {
	if slices.Contains(r.Mapping.Proven, field) || r.truth(field+"Proven", path) {
		return true
	}
	r.person.unproven++
	return false
}

func (r *reading) truth(field, path string) bool {
	is, err := truth(r.record.at(path, r.Mapping.Fields))
	if err != nil {
		r.person.refuse(field, ReasonInvalid, "").Detail = err.Error()
	}
	return is
}

func (r *reading) instant(field, path string) time.Time {
	at, err := instant(r.record.at(path, r.Mapping.Fields))
	if err != nil {
		r.person.refuse(field, ReasonInvalid, "").Detail = err.Error()
	}
	return at
}

func (r *reading) identify() {
	id := r.text(r.Mapping.Fields.ID)
	r.person.Origin = account.Origin{Source: r.Mapping.Source, ID: id}
	switch {
	case id == "":
		r.person.refuse("id", ReasonMissing, "")
	case len(id) > maxID || strings.ContainsFunc(id, func(c rune) bool { return unicode.IsControl(c) || c == utf8.RuneError }):
		r.person.refuse("id", ReasonInvalid, "").Detail = fmt.Sprintf("more than %d bytes, or contains control characters", maxID)
	}
	r.person.deleted = r.truth("deleted", r.Mapping.Fields.Deleted)
}

func (r *reading) username() {
	raw := r.text(r.Mapping.Fields.Username)
	if raw == "" {
		return
	}
	name, err := address.ParseUsername(raw)
	if err != nil {
		r.person.refuse("username", ReasonInvalid, "").Detail = "3 to 64 of a-z, 0-9, dot, underscore and hyphen"
		return
	}
	if err := r.Reserved.Admit(name); err != nil {
		r.person.refuse("username", ReasonReserved, name)
	}
	r.person.Username = name
}

// phone also accepts a number that no longer fits its numbering plan: the source accepted it.
func (r *reading) phone() {
	raw := r.text(r.Mapping.Fields.Phone)
	if raw == "" || !r.proven("phone", r.Mapping.Fields.PhoneProven) {
		return
	}
	if prefix := r.Mapping.PhonePrefix; !strings.HasPrefix(raw, prefix) {
		raw = prefix + raw
	}
	region := r.text(r.Mapping.Fields.PhoneRegion)
	if region == "" {
		region = r.Mapping.Region
	}
	if region == "" {
		region = r.Region
	}
	addr, err := address.ParsePhone(raw, region)
	if held, ok := address.ParseUnchecked(raw); err != nil && ok {
		addr, err = held, nil
	}
	if err != nil {
		r.person.refuse("phone", ReasonInvalid, "").Detail = "not a number of any country, or a national number without a region"
		return
	}
	r.person.Phone = addr
}

func (r *reading) email() {
	raw := r.text(r.Mapping.Fields.Email)
	if raw == "" || !r.proven("email", r.Mapping.Fields.EmailProven) {
		return
	}
	address, err := address.ParseEmail(raw)
	if err != nil {
		r.person.refuse("email", ReasonInvalid, "").Detail = "not a single bare address"
		return
	}
	r.person.Email = address
}

func knownRole(role string) bool { return role == model.RoleUser || role == model.RoleAdmin }

func (r *reading) role() {
	raw := r.text(r.Mapping.Fields.Role)
	role := raw
	if r.Mapping.Roles != nil {
		role = r.Mapping.Roles[raw]
	}
	switch {
	case role == "":
		r.person.Role = model.RoleUser
	case !knownRole(role):
		r.person.refuse("role", ReasonInvalid, "").Detail = "neither user nor admin"
	case role == model.RoleAdmin && !r.AllowAdmins:
		r.person.refuse("role", ReasonAdmin, "").Detail = "administrators are imported only with --allow-admins"
	default:
		r.person.Role = role
	}
}

// ban parses a ban. A ban that has expired counts as none.
func (r *reading) ban() {
	f := r.Mapping.Fields
	r.person.Banned = r.truth("banned", f.Banned)
	if strings.EqualFold(r.text(f.BannedUntil), "infinity") { // PostgreSQL's time without end
		r.person.Banned = true
		return
	}
	if until := r.instant("bannedUntil", f.BannedUntil); !until.IsZero() {
		r.person.Banned, r.person.BanUntil = until.After(r.Now()), until
	}
}

func (r *reading) rest() {
	f := r.Mapping.Fields
	r.person.Created = r.instant("created", f.Created)
	if r.person.Created.After(r.Now().Add(24*time.Hour)) || !r.person.Created.IsZero() && r.person.Created.Unix() < 0 {
		r.person.refuse("created", ReasonInvalid, "").Detail = "in the future, or before 1970"
	}
	if tag, ok := locale.Canonical(r.text(f.Locale)); ok && len(tag) <= maxLocale {
		r.person.Locale = tag
	}
	r.person.hash, r.person.salt, r.person.kind = r.text(f.Hash), r.text(f.Salt), r.Mapping.Hash.Kind
	if of := r.text(f.HashKind); of != "" {
		kind, known := r.Mapping.Hash.Kinds[of]
		if !known {
			r.person.refuse("hash", ReasonHash, "").Detail = fmt.Sprintf("the mapping has no kind for %.32q", of)
		}
		r.person.kind = kind
	}
}

// adoptOne converts the hash of a person to what is stored.
func (in *importing) adoptOne(ctx context.Context, p *person) (err error) {
	if p.hash == "" || p.kind == kindNone {
		return nil
	}
	rule := in.Mapping.Hash
	switch {
	case in.DryRun && password.NeedsHash(p.kind):
		p.Hash = p.kind // not written
		return p.refuseHash(password.CheckSource(p.kind, p.hash))
	case p.kind == kindFirebase:
		p.Hash, err = rule.Firebase.Adopt(p.hash, p.salt)
	case p.kind == kindPBKDF2:
		p.Hash, err = password.PBKDF2(rule.Digest, rule.Iterations, p.salt, p.hash)
	default:
		p.Hash, err = in.Passwords.Adopt(ctx, p.kind, p.hash)
	}
	if err == nil {
		p.Effort, err = in.Passwords.Effort(p.Hash)
	}
	return p.refuseHash(err)
}

// refuseHash rejects a person if err says that the hash cannot be used. It returns any other
// error.
func (p *person) refuseHash(err error) error {
	if errors.Is(err, password.ErrStored) {
		p.refuse("hash", ReasonHash, "").Detail = strings.TrimPrefix(err.Error(), password.ErrStored.Error()+": ")
		return nil
	}
	return err
}
