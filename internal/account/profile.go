package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"user-api/internal/apperr"
	"user-api/internal/document"
	"user-api/model"
)

const (
	// maxClaimText bounds a text that goes into access tokens, in bytes; maxClaimNumber
	// a number, in digits and signs.
	maxClaimText   = 128
	maxClaimNumber = 32
)

type (
	// Change is what a user changes of what describes the user. What is nil stays as it
	// is.
	Change struct {
		Username *string
		// DisplayName and Locale are in the form in which they are kept; "" removes them.
		DisplayName, Locale *string
		// Metadata is merged into that of the user.
		Metadata document.Document
	}

	// Documents are what an app keeps with a user: Metadata is written by the user,
	// AppMetadata by administrators. A nil one is empty.
	Documents struct {
		Metadata, AppMetadata document.Document
	}
)

// Describe changes what describes a user, all or nothing, and returns the user. Changes
// of metadata that are made at the same time are merged one after the other. Fails with
// apperr.UsernameTaken, and with apperr.InvalidRequest where the metadata would be too
// long.
func (a *Accounts) Describe(ctx context.Context, id int64, c Change) (*model.User, error) {
	d := model.Description{Username: c.Username, DisplayName: c.DisplayName, Language: c.Locale}
	if c.Metadata != nil {
		d.Merged = "metadata"
		d.Merge = func(p *model.Profile) (err error) {
			p.Metadata, err = merge(p.Metadata, c.Metadata, "metadata")
			return err
		}
	}
	return a.described(ctx, id, d)
}

// ChangeAppMetadata merges patch into the appMetadata of a user. Fails with
// apperr.InvalidRequest where that would be too long, or where a key that goes into
// access tokens has a value that cannot.
func (a *Accounts) ChangeAppMetadata(ctx context.Context, id int64, patch document.Document) error {
	for _, key := range a.ClaimKeys {
		if value := patch[key]; value != nil && string(value) != "null" && !claimable(value) {
			return apperr.New(apperr.InvalidRequest).WithField("appMetadata").
				WithDetail("A key that goes into access tokens has a text of at most 128 bytes, a number, true or false.")
		}
	}
	_, err := a.described(ctx, id, model.Description{Merged: "appMetadata", Merge: func(p *model.Profile) (err error) {
		p.AppMetadata, err = merge(p.AppMetadata, patch, "appMetadata")
		return err
	}})
	return err
}

// Documents reads, for display, what an app keeps with a user; from the cache where it
// can.
func (a *Accounts) Documents(ctx context.Context, user *model.User) (Documents, error) {
	if user.Profile == 0 {
		return Documents{}, nil
	}
	return a.documents(a.Profiles.FindOne(ctx, user.Id))
}

// Locale is the language of a user, a BCP 47 tag: the one that the user has chosen, else
// that of the last sign-in, or "" if neither is known.
func (a *Accounts) Locale(ctx context.Context, id int64) string {
	user, err := a.Current(ctx, id) // the cached row may have the language of before
	if err != nil {
		return "" // a notice in another language is better than none
	}
	return cmp.Or(user.Language, user.Locale)
}

// ChosenLocale is the language that a user has chosen, or "" without one. The user 0 is
// nobody, and takes as long.
func (a *Accounts) ChosenLocale(ctx context.Context, id int64) string {
	user, err := a.Current(ctx, id)
	if err != nil {
		return "" // as in Locale
	}
	return user.Language
}

// HeldOrigins is where a user was imported from.
func (a *Accounts) HeldOrigins(ctx context.Context, id int64) ([]*model.Origin, error) {
	rows, err := a.Origins.OfUser(ctx, id)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return rows, nil
}

// CurrentDocuments is Documents from the database.
func (a *Accounts) CurrentDocuments(ctx context.Context, user *model.User) (Documents, error) {
	if user.Profile == 0 {
		return Documents{}, nil
	}
	return a.documents(a.Profiles.FindCurrent(ctx, user.Id))
}

// Claims are the further claims of a user's access tokens, by name, as the database has
// them now. A value that cannot be one is left out: it was written before it was to be
// a claim.
func (a *Accounts) Claims(ctx context.Context, user *model.User) (map[string]json.RawMessage, error) {
	if len(a.ClaimKeys) == 0 {
		return nil, nil
	}
	docs, err := a.CurrentDocuments(ctx, user)
	if err != nil {
		return nil, err
	}
	claims := map[string]json.RawMessage{}
	for name, key := range a.ClaimKeys {
		if value := docs.AppMetadata[key]; claimable(value) {
			claims[name] = value
		}
	}
	return claims, nil
}

func (a *Accounts) documents(p *model.Profile, err error) (docs Documents, _ error) {
	if errors.Is(err, model.ErrNotFound) {
		return docs, nil // erased a moment ago
	}
	if err != nil {
		return docs, apperr.Down(err)
	}
	if docs.Metadata, err = document.Kept(p.Metadata); err != nil {
		return docs, err
	}
	docs.AppMetadata, err = document.Kept(p.AppMetadata)
	return docs, err
}

func (a *Accounts) described(ctx context.Context, id int64, d model.Description) (*model.User, error) {
	err := a.Users.Describe(ctx, id, d)
	var own *apperr.Error
	switch {
	case errors.As(err, &own):
		return nil, own
	case model.Orphan(err):
		return nil, apperr.New(apperr.SessionEnded)
	}
	return a.changed(ctx, id, err)
}

// merge is the text of a document after a patch of the field of a request.
func merge(kept string, patch document.Document, field string) (string, error) {
	d, err := document.Kept(kept)
	if err != nil {
		return "", err
	}
	text, err := d.Merge(patch).Text()
	if err == nil && len(text) > document.MaxSize {
		err = apperr.New(apperr.InvalidRequest).WithField(field).WithDetail("It would have more than 8 KiB once merged.")
	}
	return text, err
}

// claimable reports whether a value of a document can be a claim: a short scalar that
// every reader of JSON takes.
func claimable(value json.RawMessage) bool {
	if len(value) == 0 {
		return false
	}
	switch value[0] {
	case '"':
		var text string
		return json.Unmarshal(value, &text) == nil && len(text) <= maxClaimText && utf8.ValidString(text)
	case '{', '[', 'n':
		return false
	case 't', 'f':
		return true
	}
	_, err := strconv.ParseFloat(string(value), 64) // an error also beyond its range
	return err == nil && len(value) <= maxClaimNumber
}
