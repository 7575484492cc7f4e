package account

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/model"
)

// How a text matches users, in the order of the results: exactly, or as a prefix of a column. A
// cursor begins with this letter.
const (
	byExact    = "x"
	byUsername = "u"
	byPhone    = "p"
	byEmail    = "e"

	searchMark = "q."
)

// prefixColumn is a column that is searched by prefix.
type prefixColumn struct {
	match  string
	column model.UserColumn
	value  func(*model.User) string
}

var prefixColumns = []prefixColumn{
	{byUsername, model.UserUsername, func(u *model.User) string { return u.Username.String }},
	{byPhone, model.UserPhone, func(u *model.User) string { return u.Phone.String }},
	{byEmail, model.UserEmail, func(u *model.User) string { return u.Email.String }},
}

type (
	// Search is a search for users.
	Search struct {
		// Text is an id, or the prefix of a username, phone number or e-mail address. Phones are
		// the spellings of the number if Text is one.
		Text   string
		Phones []string
		Status string
		// Cursor is the cursor returned with the previous page.
		Cursor string
		Limit  int
	}

	// results is a page under construction.
	results struct {
		Search
		now   int64
		exact []*model.User
		users []*model.User
		// marks are the cursor positions of users.
		marks []string
	}
)

// Search finds users by typed text, each only once. A page reads only as many rows as it returns,
// plus those with another status, by the index of one column at a time. next is the cursor of the
// next page, or "". It fails with apperr.InvalidRequest.
func (a *Accounts) Search(ctx context.Context, s Search) (users []*model.User, next string, err error) {
	match, after, ok := parseCursor(s.Cursor)
	if !ok {
		return nil, "", apperr.New(apperr.InvalidRequest).WithField("cursor").WithDetail("cursor must be the next value of the previous page.")
	}
	f := &results{Search: s, now: a.Now().UnixMilli()}
	if f.exact, err = a.exactMatches(ctx, s); err != nil {
		return nil, "", apperr.Down(err)
	}
	begun := match == byExact
	if begun {
		f.addExact(after)
	}
	for _, b := range prefixColumns {
		from := ""
		if !begun && match == b.match {
			begun, from = true, after
		}
		if begun {
			err = errors.Join(err, a.addPrefix(ctx, f, b, from))
		}
	}
	if err != nil {
		return nil, "", apperr.Down(err)
	}
	if len(f.users) <= s.Limit {
		return f.users, "", nil
	}
	return f.users[:s.Limit], searchMark + base64url.Strict.EncodeToString([]byte(f.marks[s.Limit-1])), nil
}

// exactMatches returns the users with the id, or with the number in any spelling.
func (a *Accounts) exactMatches(ctx context.Context, s Search) (users []*model.User, err error) {
	if id, err := strconv.ParseInt(s.Text, 10, 64); err == nil {
		user, err := a.Users.FindCurrent(ctx, id)
		if err != nil && !errors.Is(err, model.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			users = append(users, user)
		}
	}
	if len(s.Phones) > 0 {
		byPhone, err := a.Users.FindByPhones(ctx, s.Phones...)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(byPhone, func(a, b *model.User) int { return strings.Compare(a.Phone.String, b.Phone.String) })
		users = append(users, byPhone...)
	}
	return users, nil
}

// addExact adds the exact matches that follow the user with the id after, or all if after is "".
func (f *results) addExact(after string) {
	for _, user := range f.exact {
		id := strconv.FormatInt(user.Id, 10)
		if after == "" && f.fits(user) {
			f.users, f.marks = append(f.users, user), append(f.marks, byExact+id)
		}
		if id == after {
			after = ""
		}
	}
}

func (f *results) fits(user *model.User) bool {
	switch f.Status {
	case "":
		return true
	case model.StatusAnonymous:
		return user.Anonymous != 0
	}
	return user.StatusAt(f.now) == f.Status
}

// addPrefix adds users whose value in a column begins with the text and sorts after another value,
// until the page has one user more than its limit.
func (a *Accounts) addPrefix(ctx context.Context, f *results, b prefixColumn, after string) error {
	search := model.UserSearch{Column: b.column, Prefix: f.Text, After: after, Status: f.Status, Now: f.now}
	if b.column != model.UserUsername {
		search.ExcludeUsername = f.Text // the others matched by username
	}
	for missing := f.Limit + 1 - len(f.users); missing > 0; missing = f.Limit + 1 - len(f.users) {
		search.Limit = missing
		users, err := a.Users.Search(ctx, search)
		if err != nil {
			return err
		}
		for _, user := range users {
			search.After = b.value(user)
			if !slices.ContainsFunc(f.exact, func(w *model.User) bool { return w.Id == user.Id }) {
				f.users, f.marks = append(f.users, user), append(f.marks, b.match+search.After)
			}
		}
		if len(users) < missing {
			return nil
		}
	}
	return nil
}

// parseCursor splits a cursor into the match and the value of the last user of the previous page.
func parseCursor(cursor string) (match, after string, ok bool) {
	if cursor == "" {
		return byExact, "", true
	}
	raw, err := base64url.Strict.DecodeString(strings.TrimPrefix(cursor, searchMark))
	if err != nil || len(raw) < 2 || !strings.HasPrefix(cursor, searchMark) || !strings.Contains(byExact+byUsername+byPhone+byEmail, string(raw[:1])) {
		return "", "", false
	}
	return string(raw[:1]), string(raw[1:]), true
}
