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

// The ways in which a text finds users, in the order of an answer: as a whole, or as the
// beginning of a value. A cursor begins with the letter of its way.
const (
	byWhole    = "x"
	byUsername = "u"
	byPhone    = "p"
	byEmail    = "e"

	searchMark = "q."
)

// beginning is a way by the beginning of a value.
type beginning struct {
	way    string
	column model.UserColumn
	value  func(*model.User) string
}

var beginnings = []beginning{
	{byUsername, model.UserUsername, func(u *model.User) string { return u.Username.String }},
	{byPhone, model.UserPhone, func(u *model.User) string { return u.Phone.String }},
	{byEmail, model.UserEmail, func(u *model.User) string { return u.Email.String }},
}

type (
	// Search says which users are looked for.
	Search struct {
		// Text is the id, or the beginning of the name, number or e-mail address. Phones are
		// the spellings of the number that it is, if it is one.
		Text   string
		Phones []string
		Status string
		// Cursor is what the page before has given.
		Cursor string
		Limit  int
	}

	// found is a page in the making.
	found struct {
		Search
		now   int64
		whole []*model.User
		users []*model.User
		// marks say how each of the users was found.
		marks []string
	}
)

// Search finds users by what was typed, each once. Every page reads as many rows as it
// has, but for the users of another status in between, by the index of one column at a
// time. next is the cursor of the next page, or empty. Fails with apperr.InvalidRequest.
func (a *Accounts) Search(ctx context.Context, s Search) (users []*model.User, next string, err error) {
	way, after, ok := readCursor(s.Cursor)
	if !ok {
		return nil, "", apperr.New(apperr.InvalidRequest).WithField("cursor").WithDetail("cursor is the next of the page before.")
	}
	f := &found{Search: s, now: a.Now().UnixMilli()}
	if f.whole, err = a.byWhole(ctx, s); err != nil {
		return nil, "", apperr.Down(err)
	}
	begun := way == byWhole
	if begun {
		f.addWhole(after)
	}
	for _, b := range beginnings {
		from := ""
		if !begun && way == b.way {
			begun, from = true, after
		}
		if begun {
			err = errors.Join(err, a.byBeginning(ctx, f, b, from))
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

// byWhole finds who has the id, or the number in any spelling.
func (a *Accounts) byWhole(ctx context.Context, s Search) (users []*model.User, err error) {
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

// addWhole adds those who were found as a whole, behind the one of an id, if there is one.
func (f *found) addWhole(after string) {
	for _, user := range f.whole {
		id := strconv.FormatInt(user.Id, 10)
		if after == "" && f.fits(user) {
			f.users, f.marks = append(f.users, user), append(f.marks, byWhole+id)
		}
		if id == after {
			after = ""
		}
	}
}

func (f *found) fits(user *model.User) bool {
	switch f.Status {
	case "":
		return true
	case model.StatusAnonymous:
		return user.Anonymous != 0
	}
	return user.Standing(f.now) == f.Status
}

// byBeginning adds those whose value in a column begins with the text and sorts behind
// another one, until the page has one more than it may.
func (a *Accounts) byBeginning(ctx context.Context, f *found, b beginning, after string) error {
	search := model.UserSearch{Column: b.column, Prefix: f.Text, After: after, Status: f.Status, Now: f.now}
	if b.column != model.UserUsername {
		search.Nameless = f.Text // the others were found by that
	}
	for missing := f.Limit + 1 - len(f.users); missing > 0; missing = f.Limit + 1 - len(f.users) {
		search.Limit = missing
		users, err := a.Users.Search(ctx, search)
		if err != nil {
			return err
		}
		for _, user := range users {
			search.After = b.value(user)
			if !slices.ContainsFunc(f.whole, func(w *model.User) bool { return w.Id == user.Id }) {
				f.users, f.marks = append(f.users, user), append(f.marks, b.way+search.After)
			}
		}
		if len(users) < missing {
			return nil
		}
	}
	return nil
}

// readCursor takes a cursor apart: the way by which the last user of the page before was
// found, and the value.
func readCursor(cursor string) (way, after string, ok bool) {
	if cursor == "" {
		return byWhole, "", true
	}
	raw, err := base64url.Strict.DecodeString(strings.TrimPrefix(cursor, searchMark))
	if err != nil || len(raw) < 2 || !strings.HasPrefix(cursor, searchMark) || !strings.Contains(byWhole+byUsername+byPhone+byEmail, string(raw[:1])) {
		return "", "", false
	}
	return string(raw[:1]), string(raw[1:]), true
}
